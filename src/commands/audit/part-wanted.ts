/** Reads of a command line of `audit` whether a part of a fleet is to be written. */
import { resolve } from 'node:path';
import { UserError } from '../../errors.ts';
import { readShard } from '../../inventory/shard.ts';
import type { Shard } from '../../model.ts';

/** A part that is to be written. */
export interface WantedPart {
  shard: Shard;
  path: string;
  /** The path as the user wrote it. */
  named: string;
}

const OUTPUT = 'part:';

/** Returns the part that a command line asks for; null: a report. */
export function partWanted(
  { shard: text, output = [] }: { shard: string | undefined; output: string[] | undefined },
  cwd: string,
): WantedPart | null {
  const shard = text === undefined ? { number: 1, of: 1 } : readShard(text);
  const [part, ...others] = output.filter((one) => one.startsWith(OUTPUT) || one === 'part');
  if (part === undefined) {
    if (text === undefined) return null;
    throw new UserError(
      `--shard ${text}: a report of a part of a fleet would lack what lies between its hosts and others`,
      { hint: '-o part:FILE keeps the part, and twlint merge reports on all parts' },
    );
  }
  if (others.length > 0 || output.length > 1)
    throw new UserError('-o part: goes with no other -o', {
      hint: 'twlint merge FILE... -o FORMAT:PATH writes reports',
    });
  const named = part.slice(OUTPUT.length);
  if (named === '' || named === '-')
    throw new UserError('-o part: where to?', { hint: '-o part:FILE, as part:part-1.gz' });
  return { shard, path: resolve(cwd, named), named };
}
