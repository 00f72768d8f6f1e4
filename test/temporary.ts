import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The variable with the folder that the whole run has for what is temporary. */
export const TEMPORARY = 'TWLINT_TEST_TMP';

const made: string[] = [];

/** A folder that is gone after the last test of the file. */
export function temporaryFolder(name: string): string {
  const folder = mkdtempSync(join(process.env[TEMPORARY] ?? tmpdir(), `${name}-`));
  made.push(folder);
  return folder;
}

/**
 * Gives the file's tests, and the programs that they start, an empty temporary folder; the function that is given
 * back removes all of the above, and throws where something was left in it.
 */
export function ownTemporaryFolder(): () => void {
  const before = process.env.TMPDIR;
  const own = mkdtempSync(join(process.env[TEMPORARY] ?? tmpdir(), 't-'));
  chmodSync(own, 0o1777);
  process.env.TMPDIR = own;
  return () => {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
    const left = leftIn(own);
    for (const folder of [...made.splice(0), own]) rmSync(folder, { recursive: true, force: true });
    if (left.length > 0)
      throw new Error(`left behind in the temporary folder: ${left.join(', ')}; see test/temporary.ts`);
  };
}

/** What is in a temporary folder. */
export const leftIn = (folder: string): string[] => readdirSync(folder).sort();
