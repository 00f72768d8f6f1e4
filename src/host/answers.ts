/** One host's answers, found by probe, namespace and sample. */
import type { Collector } from '../define.ts';
import type { Answer, Evidence, HostEvidence, Planned } from '../model.ts';

export interface Answers {
  /** Returns the answer, or the reason why there is none. */
  get(probe: string, namespace: string | null, sample: 0 | 1): Answer<string>;
  /** Tells for which facts a second sample was to be taken. */
  isSampledTwice(collector: Pick<Collector, 'id' | 'samples'>): boolean;
  /** The place where the first sample's answer was read, where that is another than the probe's own. */
  location(
    probe: string,
    namespace: string | null,
  ): Pick<Evidence, 'origin' | 'remark' | 'pieces' | 'partial'> | undefined;
  /** Inodes of the namespaces that were asked, in order. */
  namespaces: string[];
}

export function answersIn({ evidence, planned }: Pick<HostEvidence, 'evidence' | 'planned'>): Answers {
  const key = (probe: string, namespace: string | null, sample: 0 | 1) =>
    `${probe} ${namespace ?? '-'} ${sample}`;
  const answers = new Map(evidence.map((one) => [key(one.probe, one.namespace, one.sample), one]));
  const namespaces = new Set(
    evidence.flatMap(({ namespace, sample }) => (namespace === null || sample === 1 ? [] : namespace)),
  );
  // without a plan, some of a second sample shows that there was to be one
  const again = evidence.some(({ sample }) => sample === 1);
  return {
    get: (probe, namespace, sample) =>
      answers.get(key(probe, namespace, sample))?.answer ?? whyNone(probe, sample, planned),
    isSampledTwice: ({ id, samples }) =>
      planned === undefined ? samples === 2 && again : planned.twice.includes(id),
    location: (probe, namespace) => answers.get(key(probe, namespace, 0)),
    namespaces: [...namespaces].sort(),
  };
}

/**
 * Returns the reason for a missing answer. A snapshot may have been collected for other rules, or may have lost its
 * contents.
 */
function whyNone(probe: string, sample: 0 | 1, planned: Planned | undefined): Answer<never> {
  const [fact = ''] = probe.split('.');
  const reason =
    sample === 1 || planned?.facts.includes(fact)
      ? `${probe} was asked for, and its answer is not in the snapshot`
      : 'it was not collected';
  return { ok: false, problem: 'failed', reason };
}
