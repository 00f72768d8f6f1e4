import type { Type } from '../../define.ts';
import { MOST_STEPS } from './budget.ts';
import { type ReadPath, readPath } from './reads.ts';
import { bindingOf, partsOf, type Term } from './terms.ts';

/** The facts that a loop, and one inside of it, run over: `nat.source` and `addresses.list`. */
type Nested = [outer: ReadPath, inner: ReadPath];

/** Finds loops in loops that compare one fact with another, so that their sizes multiply. */
export function nestedLoops(term: Term, facts: Readonly<Record<string, Type>>): Nested[] {
  const found: Nested[] = [];
  const visit = (part: Term, outer: ReadPath | null): void => {
    const binding = bindingOf(part);
    const over =
      binding?.repeated && part.kind === 'call' && part.receiver ? rangeOf(part.receiver, facts) : null;
    if (outer !== null && over !== null) found.push([outer, over]);
    for (const { part: inner, repeated } of partsOf(part)) visit(inner, repeated ? (over ?? outer) : outer);
  };
  visit(term, null);
  return found;
}

/** Tells whether it matches texts, which may take longer than they are long. */
export function matchesText(term: Term): boolean {
  return (
    (term.kind === 'call' && term.name === 'matches') || partsOf(term).some(({ part }) => matchesText(part))
  );
}

/** Returns the reason why two loops can't be run over facts of this size, or null. */
export function tooMuch(loops: readonly Nested[], context: Readonly<Record<string, unknown>>): string | null {
  for (const paths of loops) {
    const [outer, inner] = paths.map((path) => sizeAt(path, context)) as [number, number];
    if (outer * inner > MOST_STEPS)
      return `it would compare ${outer} entries of ${paths[0].join('.')} with ${inner} of ${paths[1].join('.')}`;
  }
  return null;
}

/** `nat.source` of `nat.source.filter(...)`; null for what is part of an item. */
function rangeOf(range: Term, facts: Readonly<Record<string, Type>>): ReadPath | null {
  const path = readPath(range);
  if (path !== null) return Object.hasOwn(facts, path[0]) ? path : null;
  return range.kind === 'call' && range.receiver !== null ? rangeOf(range.receiver, facts) : null;
}

function sizeAt([fact, ...keys]: ReadPath, context: Readonly<Record<string, unknown>>): number {
  let value: unknown = context[fact];
  for (const key of keys) value = value instanceof Map ? value.get(key) : Reflect.get(Object(value), key);
  if (Array.isArray(value)) return value.length;
  return value instanceof Map ? value.size : 0;
}
