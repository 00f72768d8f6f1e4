/** Maps of nft's JSON: an action for each key that a packet may have. */
import type { Json } from '../../model.ts';
import type { Action, Match, Step } from '../ruleset.ts';
import { type NamedElements, readMatchKey } from './matches.ts';
import { printExpression } from './print.ts';
import { asNumber, asObject, bare, shaped, tagged } from './values.ts';

type Pair = [key: Json, data: Json];

/** Reads `KEY map DATA`: a case for each element. Returns undefined where one is not understood. */
export function readMap(
  map: Json,
  elements: NamedElements,
  then: (value: Json) => Action | undefined,
): Action | undefined {
  const { key = null, data = null } = shaped(map, ['key', 'data']) ?? {};
  const pairs = pairsOf(data, elements);
  if (!pairs) return undefined;
  const rows = isAllocated(key) ? numgenCases(key, pairs) : looked(key, pairs);
  const cases: Step[] = [];
  for (const [i, when] of rows.entries()) {
    // biome-ignore lint/style/noNonNullAssertion: there are as many pairs as rows
    const action = then(bare(pairs[i]![1]));
    if (!action) return undefined;
    cases.push({ when, action });
  }
  return { kind: 'choose', cases };
}

/** Returns the elements of a map, that for everything else last; null where they are not known, or no pairs. */
export function pairsOf(data: Json, elements: NamedElements): Pair[] | null {
  const [kind, set] = tagged(data);
  const found =
    typeof data === 'string' && data.startsWith('@') ? elements(data.slice(1)) : kind === 'set' ? set : null;
  if (!Array.isArray(found) || !found.every(isPair)) return null;
  return (found as Pair[]).toSorted((a, b) => Number(bare(a[0]) === '*') - Number(bare(b[0]) === '*'));
}

const isPair = (element: Json) => Array.isArray(element) && element.length === 2;

/** Returns the matches of each element. Where one can't be read, it is undecided whether the key has that value. */
export function looked(key: Json, pairs: readonly Pair[]): Match[][] {
  const read = readMatchKey(key);
  return pairs.map(([value]) => [
    ...(read?.needs ?? []),
    ...(read?.row(bare(value)) ?? [
      { kind: 'undecided', text: `${printExpression(key)} ${printExpression(bare(value))}` },
    ]),
  ]);
}

/**
 * True for a number generated for each packet: every element's turn comes, and one surely where they cover all numbers.
 */
const isAllocated = (key: Json) => ['numgen', 'jhash', 'symhash'].includes(tagged(key)[0]);

function numgenCases(key: Json, pairs: readonly Pair[]): Match[][] {
  const total = pairs.map(([value]) => widthOf(bare(value))).reduce((a, b) => a + b, 0);
  const covered = total === asNumber(asObject(tagged(key)[1])?.mod ?? null);
  const text = printExpression(key);
  return pairs.map((_, i) => (covered && i === pairs.length - 1 ? [] : [{ kind: 'chance', text }]));
}

function widthOf(value: Json): number {
  const range = asObject(value)?.range;
  return Array.isArray(range) ? Number(range[1]) - Number(range[0]) + 1 : 1;
}
