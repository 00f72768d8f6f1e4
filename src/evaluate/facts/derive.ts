import type { Collector, DerivedEntry, DerivedFact, Parsed, Type } from '../../define.ts';
import { t } from '../../define.ts';
import { derivedFacts } from '../../derived/index.ts';
import * as known from '../../derived/known.ts';
import { parsing } from '../../host/reading.ts';
import type { Line, Problem } from '../../model.ts';
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
  const partial = new Set<string>();
  for (const [key, entry] of Object.entries(entries)) {
    const derived = deriveEntry(entry, facts);
    value[key] = derived.ok ? derived.value : filled(entry.type, undefined, () => {});
    if (!derived.ok) (derived.problem === 'unsupported' ? unsupported : unreadable)[key] = derived.reason;
    else {
      lines[key] = derived.lines;
      // a switch that half the facts leave off may be on; a list that they leave short has what it has
      if (derived.partial !== '' && entry.type.kind === 'bool') unreadable[key] = derived.partial;
      else if (derived.partial !== '') partial.add(derived.partial);
    }
  }
  return {
    value,
    lines,
    unreadable,
    unsupported,
    ...(partial.size > 0 ? { partial: [...partial].join('; ') } : {}),
  };
}

type Derived =
  | { ok: true; value: unknown; lines: Line[]; partial: string }
  | { ok: false; problem: Problem; reason: string };

function deriveEntry({ from, derive: run }: DerivedEntry, facts: Facts): Derived {
  const parsed: Record<string, Parsed<unknown>> = {};
  for (const name of Object.keys(from)) {
    const fact = facts.get(name);
    if (fact === undefined) return { ok: false, problem: 'unsupported', reason: `${name} was not collected` };
    if (!fact.ok) {
      const { problem, reason } = fact;
      return { ok: false, problem, reason: `${name} is not known: ${problem}, ${reason}` };
    }
    parsed[name] = fact.parsed;
  }
  const derivation = parsing(() => run(parsed));
  if (!derivation.ok) return derivation;
  const { value, lines = [], despite = [] } = derivation.value;
  const partial = Object.entries(parsed).flatMap(([name, { partial }]) =>
    partial === undefined || despite === 'all' || despite.includes(name)
      ? []
      : [`${name} is not complete: ${partial}`],
  );
  return { ok: true, value, lines, partial: partial.join('; ') };
}
