/** Turns ticks into the evidence of two samples: rules are tried on it, and a snapshot keeps it. Pure. */
import { type Again, secondSampleOf } from '../collect/second-sample.ts';
import type { Collector } from '../define.ts';
import type { Answer, Evidence, HostEvidence } from '../model.ts';
import type { Question } from '../transports/script/script.ts';
import { TICK_FILES } from '../transports/script/tick-loop.ts';
import type { HostSample, NamespaceTexts } from './samples.ts';

/** Two ticks of a host. */
export interface Span {
  before: HostSample;
  now: HostSample;
}

/** The first and the last tick of a watch. */
export interface WholeTime extends Span {
  /** Why they lack something of what happened; empty: they do not. */
  lacks: string;
  /** The inodes of namespaces that could not be watched. */
  closed: ReadonlySet<string>;
}

/** The questions of namespaces that are asked twice, and where each reads. */
export interface Sampled {
  questions: Question[];
  origins: ReadonlyMap<string, string>;
}

export function sampledBy(
  questions: readonly Question[],
  collectors: ReadonlyMap<string, Collector>,
): Sampled {
  const origins = questions.map(({ probe }) => {
    const [fact = '', name = ''] = probe.split('.');
    return [probe, collectors.get(fact)?.probes[name]?.origin ?? ''] as const;
  });
  return { questions: [...questions], origins: new Map(origins) };
}

/**
 * Returns what a host said in the first collection, with two ticks in the place of its two samples. What ticks do not
 * read stands in the second sample as it was in the first, and says so.
 */
export function evidenceOfSpan(first: HostEvidence, span: WholeTime, sampled: Sampled): HostEvidence {
  const twice = factsOf(sampled);
  const lacks = span.lacks === '' ? {} : { partial: span.lacks };
  const before = first.evidence.map((one): Evidence => {
    const answer = tickAnswer(one, span.before, sampled);
    return answer === null ? one : { ...one, answer, ...lacks };
  });
  const again: Again = { reached: { ok: true, value: null }, trouble: null, evidence: [] };
  const questions = { host: [], netns: sampled.questions };
  const kept = new Map(before.map((one) => [`${one.probe} ${one.namespace}`, one]));
  for (const namespace of span.now.namespaces.keys())
    for (const { probe } of sampled.questions) {
      const was = kept.get(`${probe} ${namespace}`);
      if (was !== undefined) again.evidence.push(secondOf(was, span.now, sampled));
    }
  for (const { probe, namespace } of before)
    if (namespace !== null && span.closed.has(namespace))
      again.evidence.push({ probe, namespace, sample: 1, answer: NOT_WATCHED });
  const planned = { ...(first.planned ?? { facts: twice }), twice };
  return { ...first, planned, evidence: [...before, ...secondSampleOf(questions, before, again)] };
}

/** Returns what a host said in the first collection, where no two ticks of it came thereafter. */
export function evidenceWithoutSpan(first: HostEvidence, reason: string, sampled: Sampled): HostEvidence {
  const twice = factsOf(sampled);
  const again: Again = {
    reached: { ok: false, problem: 'failed', reason },
    trouble: null,
    evidence: [],
  };
  const second = secondSampleOf({ host: [], netns: sampled.questions }, first.evidence, again);
  const planned = { ...(first.planned ?? { facts: twice }), twice };
  return { ...first, planned, evidence: [...first.evidence, ...second] };
}

const factsOf = ({ questions }: Sampled): string[] => [
  ...new Set(questions.map(({ probe }) => probe.split('.')[0] ?? '')),
];

const NOT_WATCHED: Answer<string> = {
  ok: false,
  problem: 'failed',
  reason: 'this network namespace has no process, and none of ours could be put there',
};

/** Returns what two ticks say of one namespace, for the rules about growth. */
export function evidenceOfWindow(first: HostEvidence, span: Span, sampled: Sampled): Evidence[] {
  const probes = new Set(sampled.questions.map(({ probe }) => probe));
  const both = (namespace: string | null) =>
    namespace !== null && span.before.namespaces.has(namespace) && span.now.namespaces.has(namespace);
  return first.evidence
    .filter(({ probe, namespace }) => probes.has(probe) && both(namespace))
    .flatMap((one) => [
      { ...one, answer: tickAnswer(one, span.before, sampled) ?? one.answer },
      secondOf(one, span.now, sampled),
    ]);
}

function secondOf(first: Evidence, now: HostSample, sampled: Sampled): Evidence {
  const answer = tickAnswer(first, now, sampled);
  return answer === null
    ? { ...first, sample: 1, remark: 'as it was when the watch began' }
    : { ...first, sample: 1, answer };
}

/** Returns the answer of a tick to a question; null: ticks do not ask that. */
function tickAnswer(
  { probe, namespace, answer }: Evidence,
  sample: HostSample,
  { origins }: Sampled,
): Answer<string> | null {
  const origin = origins.get(probe);
  if (probe === 'conntrack.limits' && answer.ok && /^\d+\n$/.test(sample.conntrackMax))
    return { ok: true, value: answer.value.replace(/(?<=^\S*nf_conntrack_max:)\d+\n/m, sample.conntrackMax) };
  const texts = namespace === null ? undefined : sample.namespaces.get(namespace);
  if (origin === undefined || texts === undefined) return null;
  const text = textAt(origin, sample, texts);
  if (text === null) return null;
  if (text !== undefined && text !== '') return { ok: true, value: text };
  return answer.ok ? { ok: false, problem: 'absent', reason: 'it is not there' } : answer;
}

/** undefined: it was not there; null: ticks do not read it. */
function textAt(origin: string, { uptime }: HostSample, texts: NamespaceTexts): string | undefined | null {
  if (origin === '/proc/uptime') return uptime;
  const file = TICK_FILES.find((name) => origin === `/proc/net/${name}`);
  return file === undefined ? null : texts.get(file);
}
