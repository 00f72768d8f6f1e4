/** One host's answers, found by probe, namespace and sample. */
import type { Answer, Evidence } from '../model.ts';

export interface Answers {
  get(probe: string, namespace: string | null, sample: 0 | 1): Answer<string> | undefined;
  /** The place where the first sample's answer was read, where that is another than the probe's own. */
  place(probe: string, namespace: string | null): Pick<Evidence, 'origin' | 'remark'> | undefined;
  /** Inodes of the namespaces that were asked, in order. */
  namespaces: string[];
}

export function answersIn(evidence: readonly Evidence[]): Answers {
  const key = (probe: string, namespace: string | null, sample: 0 | 1) =>
    `${probe} ${namespace ?? '-'} ${sample}`;
  const answers = new Map(evidence.map((one) => [key(one.probe, one.namespace, one.sample), one]));
  const namespaces = new Set(
    evidence.flatMap(({ namespace, sample }) => (namespace === null || sample === 1 ? [] : namespace)),
  );
  return {
    get: (probe, namespace, sample) => answers.get(key(probe, namespace, sample))?.answer,
    place: (probe, namespace) => answers.get(key(probe, namespace, 0)),
    namespaces: [...namespaces].sort(),
  };
}
