import type { Answer, Evidence } from '../model.ts';
import { troubleLine } from '../transports/check.ts';
import type { Questions } from '../transports/script/script.ts';
import type { Answered } from '../transports/script/shell.ts';

/** The answers of a host that was asked again. */
export type Again = Pick<Answered, 'reached' | 'trouble' | 'evidence'>;

/**
 * Returns the second sample as it was planned: each question that is asked twice, of the host and of every namespace of
 * the first sample. Where no answer came, the reason stands in its place. A namespace that began in between has no
 * first sample to be compared with: its answers are kept, and are no part of the plan.
 */
export function secondSampleOf(
  questions: Pick<Questions, 'host' | 'netns'>,
  first: readonly Evidence[],
  again: Again,
): Evidence[] {
  const answered = new Map(again.evidence.map((one) => [keyOf(one.probe, one.namespace), one]));
  const answer = whyNone(again);
  const namespaces = new Set(first.flatMap(({ namespace }) => namespace ?? []));
  const planned = [
    ...questions.host.map(({ probe }) => ({ probe, namespace: null })),
    ...[...namespaces].flatMap((namespace) => questions.netns.map(({ probe }) => ({ probe, namespace }))),
  ];
  const sample = planned.map(({ probe, namespace }): Evidence => {
    const found = answered.get(keyOf(probe, namespace));
    return found ?? { probe, namespace, sample: 1, answer };
  });
  const begun = again.evidence.filter(({ namespace }) => namespace !== null && !namespaces.has(namespace));
  return [...sample, ...begun];
}

/**
 * Returns why an answer is missing. A script that ran to its end has every answer there is: a namespace that it did not
 * find is no more.
 */
function whyNone({ reached, trouble }: Again): Answer<string> {
  if (!reached.ok) return reached;
  const reason = trouble === null ? 'this network namespace had ended by then' : troubleLine(trouble);
  return { ok: false, problem: 'failed', reason };
}

const keyOf = (probe: string, namespace: string | null) => `${probe} ${namespace ?? '-'}`;
