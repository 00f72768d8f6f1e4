/** Reads one host's answers to a collector's probes, or gives the reason why it can't. */
import type { Collector, Parsed, Probe } from '../define.ts';
import type { Answer, Problem } from '../model.ts';
import { unseen, unseenFor, whyUnseen } from '../network/unseen.ts';
import type { Answers } from './answers.ts';
import { leftUnparsed, parsedPart } from './parsed-size.ts';
import { modelAt, type ProbeLocations, probeLocations, reasonAt, shownAt } from './probe-locations.ts';

/** Evidence turned into meaning: for the path engine (`model`) and for rules (`fact`). */
export interface Reading<T = unknown, M = unknown> {
  model: M;
  fact: Parsed<T>;
  /** The reason why the texts may lack something: a paste that was cut. */
  cut: string[];
}

type Missing = Extract<Answer<never>, { ok: false }>;
type Probes = Record<string, Probe>;
type Texts = Record<string, string | undefined>;

/** @param namespace an inode; null for the host */
export function readFact<T, P extends Probes, M>(
  collector: Collector<T, P, M>,
  namespace: string | null,
  answers: Answers,
): Answer<Reading<T, M>> {
  const locations = probeLocations(collector, (probe) => answers.location(probe, namespace));
  const first = textsOf(collector, namespace, 0, answers);
  if (!first.ok) return first;
  // what came the first time, and not the second, is known of the first
  const second = answers.isSampledTwice(collector)
    ? textsOf(collector, namespace, 1, answers, lostIn(first.value))
    : null;
  const lost = second === null || second.ok ? undefined : `the second sample was not taken: ${second.reason}`;
  const cut = Object.entries(collector.probes).flatMap(([name, probe]) => {
    const id = `${collector.id}.${name}`;
    return [
      answers.location(id, namespace)?.partial ?? [],
      ...([0, 1] as const).map((sample) => leftUnparsed(probe, answers.get(id, namespace, sample)) ?? []),
    ].flat();
  });
  const [now, before] = second?.ok ? [second.value, first.value] : [first.value, null];
  const reading = parsing(() => {
    const { model, fact } = parse(collector, now, before, locations);
    const { partial } = fact;
    const placed = partial === undefined ? fact : { ...fact, partial: reasonAt(locations, partial) };
    return { model, fact: shownAt(locations, complete(placed, cut, lost)), cut };
  });
  return reading.ok ? reading : { ...reading, reason: reasonAt(locations, reading.reason) };
}

/** Reads texts; throws where they can't be read. */
export function parse<T, P extends Probes, M>(
  { model, fact, probes }: Pick<Collector<T, P, M>, 'model' | 'fact' | 'probes'>,
  now: Texts,
  before: Texts | null = null,
  locations: ProbeLocations = new Map(),
): Omit<Reading<T, M>, 'cut'> {
  const origins = Object.entries(probes).map(([name, { origin }]) => {
    const place = locations.get(origin);
    return [name, place === undefined || place.pieces !== undefined ? origin : place.origin];
  });
  type Inputs = Parameters<typeof model>;
  const read = modelAt(
    locations,
    model(now as Inputs[0], before as Inputs[1], Object.fromEntries(origins) as Inputs[2]),
  );
  return { model: read, fact: fact(read) };
}

/** Tells facts of the two samples: not that there was one, where the second was lost. */
const OF_SAMPLES = ['sampled', 'seconds'];

/**
 * @param cut why the texts may lack something
 * @param lost the reason why there is no second sample, where there was to be one
 */
function complete<T>(parsed: Parsed<T>, cut: readonly string[], lost?: string): Parsed<T> {
  const reasons = [parsed.partial, ...cut, lost].filter((reason) => reason !== undefined && reason !== '');
  const partial = [...new Set(reasons)].join('; ');
  if (partial === '') return parsed;
  const keys = lost === undefined ? [] : OF_SAMPLES.filter((key) => Object.hasOwn(Object(parsed.value), key));
  const unreadable = { ...parsed.unreadable, ...Object.fromEntries(keys.map((key) => [key, lost ?? ''])) };
  return { ...parsed, partial: shortened(partial), unreadable };
}

/** Parsers throw at what they don't understand. */
export function parsing<T>(read: () => T): Answer<T> {
  try {
    return { ok: true, value: read() };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { ok: false, problem: 'unparsable', reason: shortened(reason) };
  }
}

/** Characters of a reason: what parsers quote may be as long as a host likes. */
const LONGEST = 1000;

const shortened = (reason: string): string =>
  reason.length > LONGEST ? `${reason.slice(0, LONGEST)}...` : reason;

function textsOf(
  { id, probes, takesUnseen }: Pick<Collector, 'id' | 'probes' | 'takesUnseen'>,
  namespace: string | null,
  sample: 0 | 1,
  answers: Answers,
  mayLack: (probe: string) => boolean = () => true,
): Answer<Texts> {
  const texts: Texts = {};
  const missing: Missing[] = [];
  const spared: [string, Missing][] = [];
  for (const [name, probe] of Object.entries(probes)) {
    const answer = parsedPart(probe, answers.get(`${id}.${name}`, namespace, sample));
    if (answer.ok) texts[name] = answer.value;
    else if (isKnownAbsent(probe, answer)) texts[name] = undefined;
    else if (probe.optional && takesUnseen && mayLack(name)) spared.push([name, answer]);
    else missing.push(answer);
  }
  const nothing = Object.values(texts).every((text) => text === undefined);
  const lost = nothing ? [...missing, ...spared.map(([, answer]) => answer)] : missing;
  for (const [name, answer] of spared) texts[name] = unseenText(probes[name]?.origin ?? name, answer);
  return worst(lost) ?? { ok: true, value: texts };
}

const lostIn = (texts: Texts) => (probe: string) => whyUnseen(texts[probe]) !== null;

const unseenText = (origin: string, { reason, program }: Missing): string =>
  program === undefined ? unseen(`${origin}: ${reason}`) : unseenFor(program, `${origin}: ${reason}`);

function isKnownAbsent(probe: Probe, answer: Missing): boolean {
  return probe.optional && answer.problem === 'absent';
}

/** Problems by use: the one that best shows what to do about it comes first. */
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
