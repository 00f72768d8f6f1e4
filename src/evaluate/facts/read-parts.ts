/** The parts of facts that are read: a namespace has a thousand settings and counters, and rules about paths read some. */
import type { Parsed, Type } from '../../define.ts';
import { emptyTable } from '../../word-table.ts';
import type { Read } from '../expression/reads.ts';

/** The facts that are read, each with the words below it that are; null: all of it. */
export type ReadParts = ReadonlyMap<string, ReadonlySet<string> | null>;

export function partsRead(reads: readonly Read[]): ReadParts {
  const parts = new Map<string, Set<string> | null>();
  for (const { fact, keys, whole } of reads) {
    const before = parts.get(fact);
    parts.set(fact, whole || before === null ? null : new Set([...(before ?? []), ...keys]));
  }
  return parts;
}

/** Returns a fact with those entries of its maps that are read, and their lines. What is not known of it stays. */
export function onlyRead(
  parsed: Parsed<unknown>,
  type: Type | undefined,
  words: ReadonlySet<string> | null,
): Parsed<unknown> {
  if (words === null || type === undefined) return parsed;
  const { value, lines } = parsed;
  return {
    ...parsed,
    value: entriesRead(value, type, words),
    ...(lines !== undefined && { lines: amongThese(lines, words) }),
  };
}

function entriesRead(value: unknown, type: Type, words: ReadonlySet<string>): unknown {
  if (type.kind === 'map') return amongThese(value as Record<string, unknown>, words);
  if (type.kind !== 'object') return value;
  const fields = Object.entries(value as Record<string, unknown>).map(([name, field]) => {
    const isMap = Object.hasOwn(type.fields, name) && type.fields[name]?.kind === 'map';
    return [name, isMap ? amongThese(field as Record<string, unknown>, words) : field];
  });
  return Object.fromEntries(fields);
}

function amongThese<T>(entries: Record<string, T>, words: ReadonlySet<string>): Record<string, T> {
  const some = emptyTable<T>();
  for (const word of words) {
    const entry = Object.hasOwn(entries, word) ? entries[word] : undefined;
    if (entry !== undefined) some[word] = entry;
  }
  return some;
}
