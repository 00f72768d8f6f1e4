/** What one host answered, as collectors ask for it. */
import type { Collector, Parsed } from '../define.ts';
import type { Answer, Evidence } from '../model.ts';

/** Looks up the first sample of a probe. */
export type Lookup = (probe: string, namespace: string | null) => Evidence | undefined;

export function lookupIn(evidence: readonly Evidence[]): Lookup {
  const key = (probe: string, namespace: string | null) => `${probe} ${namespace ?? '-'}`;
  const first = evidence.filter(({ sample }) => sample === 0);
  const answers = new Map(first.map((one) => [key(one.probe, one.namespace), one]));
  return (probe, namespace) => answers.get(key(probe, namespace));
}

type Texts<P> = { [K in keyof P]: string | undefined };

/** The texts that a collector's probes brought; undefined only where there is surely nothing. */
export function textsOf<T, P extends Collector['probes']>(
  { id, probes }: Collector<T, P>,
  lookup: Lookup,
  namespace: string | null,
): Answer<Texts<P>> {
  const texts: Record<string, string | undefined> = {};
  for (const [name, { optional }] of Object.entries(probes)) {
    const answer = lookup(`${id}.${name}`, namespace)?.answer;
    if (answer === undefined) return { ok: false, problem: 'unsupported', reason: 'it was not collected' };
    if (!answer.ok && !(optional && answer.problem === 'absent')) return answer;
    texts[name] = answer.ok ? answer.value : undefined;
  }
  return { ok: true, value: texts as Texts<P> };
}

/** Where the answer to a probe was read. */
export function placeOf<P extends Collector['probes']>(
  { id, probes }: Collector<unknown, P>,
  probe: keyof P & string,
  lookup: Lookup,
  namespace: string | null,
): string {
  return lookup(`${id}.${probe}`, namespace)?.origin ?? probes[probe]!.origin;
}

/** What a collector makes of them. */
export function parsed<T, P extends Collector['probes']>(
  collector: Collector<T, P>,
  lookup: Lookup,
  namespace: string | null,
): Answer<Parsed<T>> {
  return reading(textsOf(collector, lookup, namespace), (texts) => collector.parse(texts, null));
}

/** Parsers throw at what they don't understand. */
export function reading<T, U>(answer: Answer<T>, read: (value: T) => U): Answer<U> {
  if (!answer.ok) return answer;
  try {
    return { ok: true, value: read(answer.value) };
  } catch (error) {
    return {
      ok: false,
      problem: 'unparsable',
      reason: cut(error instanceof Error ? error.message : String(error)),
    };
  }
}

/** Characters of a reason: what parsers quote may be as long as a host likes. */
const LONGEST = 1000;

export const cut = (reason: string): string =>
  reason.length > LONGEST ? `${reason.slice(0, LONGEST)}...` : reason;
