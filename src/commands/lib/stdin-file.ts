/** Standard input as a file: an image has to be read in several places, and more than once. */
import { mkdtempSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UserError } from '../../errors.ts';
import type { World } from './world.ts';

/** The name of standard input on a command line. */
export const STDIN = '-';

/** The most bytes of an image: what a packed one may unpack to. */
const MOST = 32 * 2 ** 30;

/** Keeps all of standard input in a file that nobody else may read. Throws a UserError where there is nothing, or too much. */
export async function keepStdin({ stdinBytes }: World): Promise<{ file: string; remove(): void }> {
  const folder = mkdtempSync(join(tmpdir(), 'twlint-stdin-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  const file = join(folder, 'image');
  try {
    const handle = await open(file, 'wx', 0o600);
    let size = 0;
    try {
      for await (const chunk of stdinBytes?.() ?? []) {
        size += chunk.length;
        if (size > MOST) throw new UserError(`standard input has more than ${MOST / 2 ** 30} GiB`);
        await handle.writeFile(chunk);
      }
    } finally {
      await handle.close();
    }
    if (size === 0)
      throw new UserError('standard input is empty', { hint: 'the command before the | printed nothing' });
    return { file, remove };
  } catch (error) {
    remove();
    if (error instanceof UserError) throw error;
    throw new UserError(`standard input was not kept: ${(error as Error).message}`, {
      hint: `TMPDIR names a folder with more room than ${tmpdir()}`,
      cause: error,
    });
  }
}
