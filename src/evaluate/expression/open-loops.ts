/** Loops over lists that may be longer, and with conditions that can't be told of each item. */
import type { Handle, Role } from './checked.ts';
import {
  ANYTHING,
  furtherItems,
  isAtLeast,
  isUnknown,
  joined,
  keysOf,
  openList,
  type Unknown,
} from './unknown.ts';

/** Tries the loop on one item: its result, or what is missing for it. */
type Try = (item: unknown) => unknown;

interface Range {
  items: readonly unknown[];
  /** Items of which it is not known whether, and how often, they are there. */
  perhaps: readonly unknown[];
  /** The reason that is given where those count. */
  why: Unknown | null;
}

/** Returns a loop that goes item by item where the library's would end at the first that can't be told. */
export function loop(macro: Role, handle: Handle): Handle {
  return (over, ...rest) => {
    const attempt: Try = (item) => {
      try {
        return handle([item], ...rest);
      } catch (error) {
        if (isUnknown(error)) return error;
        throw error;
      }
    };
    const { items, further } = rangeOf(over);
    if (further !== null)
      return collected(macro, { items, perhaps: further.items, why: further.why }, attempt);
    try {
      return handle(over, ...rest);
    } catch (error) {
      if (!isUnknown(error) || !(macro === 'filter' || macro === 'exists_one')) throw error;
      return collected(macro, { items, perhaps: [], why: null }, attempt);
    }
  };
}

function rangeOf(over: unknown) {
  if (over instanceof Map) return keysOf(over);
  return { items: over as readonly unknown[], further: furtherItems(over) };
}

function collected(macro: Role, range: Range, attempt: Try): unknown {
  switch (macro) {
    case 'exists':
      return quantified(range, true, attempt);
    case 'all':
      return quantified(range, false, attempt);
    case 'exists_one':
      return isOne(range, attempt);
    case 'filter':
      return kept(range, attempt);
    default:
      return mapped(range, attempt);
  }
}

const triedPerhaps = (range: Range, attempt: Try) =>
  range.perhaps.map((item) => (item === ANYTHING ? range.why : attempt(item)));

/** `deciding`: the answer that one item suffices for. */
function quantified(range: Range, deciding: boolean, attempt: Try): boolean {
  let missing: Unknown | null = null;
  for (const item of range.items) {
    const result = attempt(item);
    if (result === deciding) return deciding;
    if (isUnknown(result)) missing = missing === null ? result : joined(missing, result);
  }
  if (missing !== null) throw missing;
  if (range.why !== null && triedPerhaps(range, attempt).some((result) => result !== !deciding))
    throw range.why;
  return !deciding;
}

function isOne(range: Range, attempt: Try): boolean {
  const results = range.items.map(attempt);
  const count = results.filter((result) => result === true).length;
  if (count > 1) return false;
  const missing = results.filter(isUnknown);
  if (missing.length > 0) throw missing.reduce(joined);
  if (range.why !== null && triedPerhaps(range, attempt).some((result) => result !== false)) throw range.why;
  return count === 1;
}

/** The loop's result for one item: a list of it, or of nothing. */
const isNothing = (result: unknown) => Array.isArray(result) && result.length === 0;

function kept(range: Range, attempt: Try): unknown[] {
  const results = range.items.map(attempt);
  const known = range.items.filter((_, i) => !isUnknown(results[i]) && !isNothing(results[i]));
  const undecided = range.items.filter((_, i) => isUnknown(results[i]));
  const others = triedPerhaps(range, attempt);
  const perhaps = [...undecided, ...range.perhaps.filter((_, i) => !isNothing(others[i]))];
  const reasons = [...results.filter(isUnknown), ...(range.why === null ? [] : [range.why])];
  return perhaps.length === 0 ? known : openList(known, { items: perhaps, why: reasons.reduce(joined) });
}

function mapped(range: Range, attempt: Try): unknown[] {
  const results = range.items.map(attempt);
  const missing = results.filter(isUnknown);
  if (missing.length > 0) throw missing.reduce(joined);
  const others = triedPerhaps(range, attempt).flatMap((result) =>
    Array.isArray(result) && !result.some(isAtLeast) ? result : [ANYTHING],
  );
  const items = results.flat(1);
  const sized = items.find(isAtLeast);
  if (sized !== undefined) throw sized.why;
  return range.why === null || others.length === 0
    ? items
    : openList(items, { items: others, why: range.why });
}
