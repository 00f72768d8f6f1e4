/** Divides hosts among several runs by their names, so that each stays in its part whatever hosts come and go. */
import { hash } from 'node:crypto';
import { UserError } from '../errors.ts';
import type { Shard } from '../model.ts';

/** Reads `2/8`: the second of eight parts. */
export function readShard(text: string): Shard {
  const match = /^([1-9]\d{0,5})\/([1-9]\d{0,5})$/.exec(text);
  const [number, of] = [Number(match?.[1]), Number(match?.[2])];
  if (match === null || number > of)
    throw new UserError(`--shard ${text}: not a part of several`, {
      hint: '--shard 2/8 is the second of eight parts',
    });
  return { number, of };
}

export const isInShard = (name: string, { number, of }: Shard): boolean =>
  hash('sha256', name, 'buffer').readUIntBE(0, 6) % of === number - 1;

/** Throws a UserError where parts of one division were given, but not all of them; `all`: what to do then. */
export function checkWhole(shards: readonly Shard[], all: string): void {
  const [first] = shards;
  if (first === undefined) return;
  const odd = shards.find(({ of }) => of !== first.of);
  if (odd !== undefined)
    throw new UserError(`parts of ${first.of} and of ${odd.of} do not go together`, {
      hint: 'name those of one division',
    });
  const given = new Set(shards.map(({ number }) => number));
  const missing = Array.from({ length: first.of }, (_, i) => i + 1).filter((number) => !given.has(number));
  if (missing.length === 0) return;
  const shown = missing.slice(0, 10).join(', ') + (missing.length > 10 ? ', ...' : '');
  throw new UserError(`of ${first.of} parts, these are missing: ${shown}`, {
    hint: `their hosts may be on the paths of the others: ${all}`,
  });
}
