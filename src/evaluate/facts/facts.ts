import { cut } from '../../combiners/answers.ts';
import type { Collector, Parsed, Probe } from '../../define.ts';
import type { Answer, Evidence, Problem } from '../../model.ts';
import { placesOf, shownAt } from './elsewhere.ts';

/** A fact that is known, for people (`parsed`) and for expressions (`encoded`); or why it is not. */
export type Fact = { ok: true; parsed: Parsed<unknown>; encoded: unknown } | Missing;

type Missing = Extract<Answer<never>, { ok: false }>;

export type Facts = ReadonlyMap<string, Fact>;

/** One host's answers, by probe, namespace and sample. */
export interface Answers {
  get(probe: string, namespace: string | null, sample: 0 | 1): Answer<string> | undefined;
  /** Where the first sample's answer was read, where that is another place than the probe's own. */
  place(probe: string, namespace: string | null): Pick<Evidence, 'origin' | 'remark'> | undefined;
  /** Inodes of the namespaces that were asked, in order. */
  namespaces: string[];
}

export function answersOf(evidence: readonly Evidence[]): Answers {
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

type Texts = Record<string, string | undefined>;

/** What a collector makes of the answers to its probes, or why it can't. */
export function parsedFact(
  collector: Collector,
  namespace: string | null,
  answers: Answers,
): Answer<Parsed<unknown>> {
  const places = placesOf(collector, (probe) => answers.place(probe, namespace));
  return shownAt(places, parsedAnswers(collector, namespace, answers));
}

function parsedAnswers(
  collector: Collector,
  namespace: string | null,
  answers: Answers,
): Answer<Parsed<unknown>> {
  const first = textsOf(collector, namespace, 0, answers);
  if (!first.ok) return first;
  const second = collector.samples === 2 ? secondTexts(collector, namespace, answers) : null;
  try {
    if (second?.ok) return complete(collector.parse(second.value, first.value));
    const parsed = collector.parse(first.value, null);
    return second === null
      ? complete(parsed)
      : complete(parsed, `the second sample is missing: ${second.reason}`);
  } catch (error) {
    return unparsable(error);
  }
}

/** With all that is missing of it in one line. */
function complete(parsed: Parsed<unknown>, further?: string): Answer<Parsed<unknown>> {
  const missing = [parsed.partial, further].filter((reason) => reason !== undefined && reason !== '');
  return { ok: true, value: missing.length === 0 ? parsed : { ...parsed, partial: cut(missing.join('; ')) } };
}

export function unparsable(error: unknown): Missing {
  return {
    ok: false,
    problem: 'unparsable',
    reason: cut(error instanceof Error ? error.message : String(error)),
  };
}

/** Null: there was no second sample, of this namespace at least. */
function secondTexts(collector: Collector, namespace: string | null, answers: Answers): Answer<Texts> | null {
  const probes = Object.keys(collector.probes);
  const asked = probes.some((probe) => answers.get(`${collector.id}.${probe}`, namespace, 1) !== undefined);
  return asked ? textsOf(collector, namespace, 1, answers) : null;
}

function textsOf(
  collector: Collector,
  namespace: string | null,
  sample: 0 | 1,
  answers: Answers,
): Answer<Texts> {
  const texts: Texts = {};
  const missing: Missing[] = [];
  for (const [name, probe] of Object.entries(collector.probes)) {
    const answer = answers.get(`${collector.id}.${name}`, namespace, sample) ?? NOT_ASKED;
    if (answer.ok) texts[name] = answer.value;
    else if (isKnownAbsent(probe, answer)) texts[name] = undefined;
    else missing.push(answer);
  }
  return worst(missing) ?? { ok: true, value: texts };
}

/** As in a snapshot that was collected for other rules. */
const NOT_ASKED: Missing = { ok: false, problem: 'unsupported', reason: 'it was not collected' };

function isKnownAbsent(probe: Probe, answer: Missing): boolean {
  return probe.optional && answer.problem === 'absent';
}

/** The one that tells best what to do about it comes first. */
const BY_USE: readonly Problem[] = [
  'unreachable',
  'denied',
  'timeout',
  'truncated',
  'failed',
  'unsupported',
  'unparsable',
  'absent',
];

function worst(missing: readonly Missing[]): Missing | undefined {
  const rank = ({ problem }: Missing) => BY_USE.indexOf(problem);
  return missing.toSorted((a, b) => rank(a) - rank(b))[0];
}
