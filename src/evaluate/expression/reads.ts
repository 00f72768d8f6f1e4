import type { Type } from '../../define.ts';
import { ruleFunction } from './functions.ts';
import { partsOf, type Term } from './terms.ts';

/** One reading of an expression: a fact, and the words below it that are written out. */
export interface Read {
  fact: string;
  keys: string[];
  /** True when every entry below is read, too: a map as a whole, or the fact itself. */
  whole: boolean;
}

/**
 * Returns the readings in the order in which they stand, each once. No item may be named like a fact: see
 * restrictions.ts.
 */
export function findReads(term: Term, facts: Readonly<Record<string, Type>>): Read[] {
  const reads = new Map<string, Read>();
  const visit = (part: Term): void => {
    const path = readPath(part);
    if (path === null) {
      for (const { part: inner } of partsOf(part)) visit(inner);
      return;
    }
    const [fact, ...keys] = path;
    const type = Object.hasOwn(facts, fact) ? facts[fact] : undefined;
    const key = JSON.stringify(path);
    if (type !== undefined && !reads.has(key)) reads.set(key, { fact, keys, whole: isWhole(type, keys) });
  };
  visit(term);
  return [...reads.values()];
}

/** A fact, and the words that lead to a part of it. */
export type ReadPath = [fact: string, ...keys: string[]];

/** `counters.total["PAWSPassive"]` is counters, total, PAWSPassive; null where it does not begin with a name. */
export function readPath(term: Term): ReadPath | null {
  if (term.kind === 'name') return [term.name];
  if (term.kind === 'entry') return longer(readPath(term.of), term.key);
  if (term.kind !== 'call' || term.receiver === null) return null;
  const { reads } = ruleFunction(term.name) ?? {};
  return reads === undefined ? null : longer(readPath(term.receiver), reads);
}

const longer = (path: ReadPath | null, key: string): ReadPath | null => path && [...path, key];

function isWhole(type: Type, keys: readonly string[]): boolean {
  let current: Type | undefined = type;
  for (const key of keys) {
    if (current?.kind === 'object') current = current.fields[key];
    else if (current?.kind === 'map') current = current.value;
  }
  return keys.length === 0 || current?.kind === 'map';
}
