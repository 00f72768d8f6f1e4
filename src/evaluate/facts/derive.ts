import type { Collector, Lacks, Parsed, Type } from '../../define.ts';
import { t } from '../../define.ts';
import type { Derivation, DerivedEntry, DerivedFact } from '../../define-derived.ts';
import { notComplete } from '../../define-derived.ts';
import { derivedFacts } from '../../derived/index.ts';
import * as known from '../../derived/known.ts';
import { parsing } from '../../host/reading.ts';
import type { Answer, Line } from '../../model.ts';
import type { Read } from '../expression/reads.ts';
import { filled } from '../fixture.ts';
import type { Facts } from './facts.ts';

/** The derived facts that these collectors suffice for. */
export function derivable(collectors: ReadonlyMap<string, Collector>): DerivedFact[] {
  const isThere = (origin: { id: string }) =>
    Object.values<object>(known).includes(origin) || collectors.get(origin.id) === origin;
  return [...derivedFacts.values()].filter(
    ({ id, entries }) =>
      !collectors.has(id) && Object.values(entries).every(({ from }) => Object.values(from).every(isThere)),
  );
}

export function typeOf({ doc, entries }: DerivedFact): Type {
  return t.object(Object.fromEntries(Object.entries(entries).map(([key, { type }]) => [key, type])), doc);
}

/** Returns the facts that the entries that are read are made of; none where it is no derived fact. */
export function originsOf({ fact, keys: [key] }: Pick<Read, 'fact' | 'keys'>): string[] {
  const entries = derivedFacts.get(fact)?.entries ?? {};
  const one = key !== undefined && Object.hasOwn(entries, key) ? entries[key] : undefined;
  const read = one === undefined ? Object.values(entries) : [one];
  return [...new Set(read.flatMap(({ from }) => Object.keys(from)))];
}

/** Computes a derived fact from the facts at hand. What can't be derived is unreadable, and zero. */
export function derive({ entries }: DerivedFact, facts: Facts): Parsed<unknown> {
  const value: Record<string, unknown> = {};
  const lines: Record<string, Line[]> = {};
  const unreadable: Record<string, string> = {};
  const unsupported: Record<string, string> = {};
  const within: Record<string, Lacks> = {};
  for (const [key, entry] of Object.entries(entries)) {
    const derived = deriveEntry(entry, facts);
    value[key] = derived.ok ? derived.value.value : filled(entry.type, undefined, () => {});
    if (!derived.ok) (derived.problem === 'unsupported' ? unsupported : unreadable)[key] = derived.reason;
    else {
      const { partial, unreadable: keys = {} } = derived.value;
      lines[key] = derived.value.lines;
      // a switch that half the facts leave off may be on; a list that they leave short has what it has
      if (partial !== '' && entry.type.kind === 'bool') unreadable[key] = partial;
      else if (partial !== '') within[key] = { partial, unreadable: keys };
      else if (Object.keys(keys).length > 0) within[key] = { unreadable: keys };
    }
  }
  return { value, lines, unreadable, unsupported, within };
}

type Derived = Answer<Derivation<unknown> & { lines: Line[]; partial: string }>;
type Answers = Record<string, Answer<Parsed<unknown>>>;

function deriveEntry(entry: DerivedEntry, facts: Facts): Derived {
  const answers: Answers = Object.fromEntries(
    Object.keys(entry.from).map((name) => [name, answerOf(name, facts)]),
  );
  const derivation = 'derive' in entry ? deriveOfAll(entry, answers) : entry.deriveOfSome(answers);
  if (!derivation.ok) return derivation;
  const { lines = [], despite = [], partial: own } = derivation.value;
  const partial = Object.entries(answers).flatMap(([name, fact]) => {
    const why = fact.ok ? fact.value.partial : undefined;
    return why === undefined || despite === 'all' || despite.includes(name) ? [] : [notComplete(name, why)];
  });
  return {
    ok: true,
    value: { ...derivation.value, lines, partial: [...partial, own ?? []].flat().join('; ') },
  };
}

function answerOf(name: string, facts: Facts): Answer<Parsed<unknown>> {
  const fact = facts.get(name);
  if (fact === undefined) return { ok: false, problem: 'unsupported', reason: `${name} was not collected` };
  if (fact.ok) return { ok: true, value: fact.parsed };
  return { ...fact, reason: `${name} is not known: ${fact.problem}, ${fact.reason}` };
}

function deriveOfAll(
  { derive: run }: Extract<DerivedEntry, { derive: unknown }>,
  answers: Answers,
): Answer<Derivation<unknown>> {
  const parsed: Record<string, Parsed<unknown>> = {};
  for (const [name, fact] of Object.entries(answers)) {
    if (!fact.ok) return fact;
    parsed[name] = fact.value;
  }
  const derivation = parsing(() => run(parsed));
  if (derivation.ok) return derivation;
  const doubts = Object.entries(parsed).flatMap(([name, { partial }]) =>
    partial === undefined ? [] : [notComplete(name, partial)],
  );
  return { ...derivation, reason: [derivation.reason, ...doubts].join('; ') };
}
