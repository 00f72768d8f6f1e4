/**
 * The cost that an expression may have on one subject, counted in steps and not in time, so that equal facts give equal
 * verdicts. A host decides how long its lists and texts are: what an operator walks over counts, and not only how often
 * it is asked.
 */
export interface StepBudget {
  left: number;
  /** The count for matching a text: the most steps that it can take, or the steps that it takes as a rule. */
  matching: 'worst' | 'likely';
}

/** The limit, which takes about a second. */
export const MOST_STEPS = 5_000_000;

/** Characters that cost as much as an entry of a list. */
const CHARACTERS = 16;

/** Returns the size of a text or a list that is put together, searched or copied. */
export function sizeOf(value: unknown): number {
  if (typeof value === 'string') return 1 + value.length / CHARACTERS;
  if (Array.isArray(value)) return 1 + value.length;
  return value instanceof Map ? 1 + value.size : 1;
}

/**
 * Returns the size of a value with all that is in it: as far as `most`, since lists of lists may hold one list very
 * many times.
 */
export function wholeSizeOf(value: unknown, most: number): number {
  let size = 0;
  const visit = (part: unknown): void => {
    size += typeof part === 'string' ? sizeOf(part) : 1;
    if (size > most || typeof part !== 'object' || part === null) return;
    const inner = Array.isArray(part) ? part : part instanceof Map ? part.values() : Object.values(part);
    for (const each of inner) {
      if (size > most) return;
      visit(each);
    }
  };
  visit(value);
  return size;
}

/** Returns the cost of comparing two values: nothing more where they differ in length. */
function comparisonOf(a: unknown, b: unknown, most: number): number {
  if (a === b || typeof a !== typeof b) return 1;
  if (typeof a === 'string') return a.length === (b as string).length ? sizeOf(a) : 1;
  if (typeof a !== 'object') return 1;
  if (Array.isArray(a) && Array.isArray(b) && a.length !== b.length) return 1;
  return wholeSizeOf(a, most);
}

type Cost = (operands: readonly unknown[], most: number) => number;

const ALL: Cost = (operands) => operands.reduce<number>((sum, one) => sum + sizeOf(one), 0);

/** Each entry is compared with it. */
const MEMBERSHIP: Cost = ([value, among], most) =>
  Array.isArray(among) ? 1 + among.length * (1 + wholeSizeOf(value, most)) : 1;

/** In the worst case, each character of one is compared with each of the other; a few are compared at once. */
const SEARCH: Cost = ([text, part]) => sizeOf(text) * sizeOf(part);

const COSTS: ReadonlyMap<string, Cost> = new Map<string, Cost>([
  ['==', ([a, b], most) => comparisonOf(a, b, most)],
  ['!=', ([a, b], most) => comparisonOf(a, b, most)],
  ['in', MEMBERSHIP],
  ['contains', SEARCH],
  ['indexOf', SEARCH],
  ['lastIndexOf', SEARCH],
  // a list for each character, where it is cut between all
  ['split', ([text]) => sizeOf(text) * CHARACTERS],
  ['join', ([list, separator], most) => wholeSizeOf(list, most) + sizeOf(list) * sizeOf(separator)],
  ['size', ([value]) => (typeof value === 'string' ? sizeOf(value) : 1)],
]);

/** A pattern as rules may have (safe-pattern.ts) repeats two parts at most, and leaves some out: from each place on. */
function mostMatching([text, pattern]: readonly unknown[]): number {
  const options = String(pattern).split('?').length - 1;
  return (1 + String(text).length) ** 3 * 2 ** options * sizeOf(pattern);
}

/** Returns the cost of an operator or a function. */
export function costOf(
  name: string,
  operands: readonly unknown[],
  { left: most, matching }: StepBudget,
): number {
  if (name === 'matches' && matching === 'worst') return mostMatching(operands);
  return (COSTS.get(name) ?? ALL)(operands, most);
}
