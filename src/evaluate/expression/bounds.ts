/** Comparisons and sums of numbers of which only the least is known: sizes of lists that may be longer. */
import { type AtLeast, atLeastThis, furtherItems, isAtLeast, joined, leastOf } from './unknown.ts';

const MIRRORED: Readonly<Record<string, string>> = { '<': '>', '<=': '>=', '>': '<', '>=': '<=' };

/** Returns null where nothing is peculiar about them; throws where it can't be told. */
export function compared(op: string, a: unknown, b: unknown): boolean | null {
  if (isAtLeast(a)) return bounded(op, a, b);
  if (isAtLeast(b)) return bounded(MIRRORED[op] ?? op, b, a);
  if (op !== '==' && op !== '!=') return null;
  // a list that is known to be longer is another
  return isLonger(a, b) || isLonger(b, a) ? op === '!=' : null;
}

function isLonger(a: unknown, b: unknown): boolean {
  return (
    furtherItems(a) !== null &&
    furtherItems(b) === null &&
    Array.isArray(b) &&
    (a as unknown[]).length > b.length
  );
}

function bounded(op: string, number: AtLeast, limit: unknown): boolean {
  const least = leastOf(number);
  if (typeof limit === 'bigint' || typeof limit === 'number') {
    if (op === '>' && least > limit) return true;
    if (op === '>=' && least >= limit) return true;
    if (op === '<' && least >= limit) return false;
    if (op === '<=' && least > limit) return false;
    if (op === '!=' && least > limit) return true;
    if (op === '==' && least > limit) return false;
  }
  throw isAtLeast(limit) ? joined(number.why, limit.why) : number.why;
}

/** Returns null where it is no sum of such numbers. */
export function summed(a: unknown, b: unknown): AtLeast | null {
  if (isAtLeast(a) && isAtLeast(b)) return atLeastThis(leastOf(a) + leastOf(b), joined(a.why, b.why));
  if (isAtLeast(a) && typeof b === 'bigint') return atLeastThis(leastOf(a) + b, a.why);
  if (isAtLeast(b) && typeof a === 'bigint') return atLeastThis(leastOf(b) + a, b.why);
  return null;
}

export function subtracted(a: unknown, b: unknown): AtLeast | null {
  return isAtLeast(a) && typeof b === 'bigint' ? atLeastThis(leastOf(a) - b, a.why) : null;
}
