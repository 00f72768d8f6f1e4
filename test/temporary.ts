import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The variable with the folder that the whole run has for what is temporary. */
export const TEMPORARY = 'TWLINT_TEST_TMP';

/** The two folders that each file of tests has there: for what it makes itself, and for all else. */
const [MADE, OTHER] = ['made', 'tmp'];

/** A folder that is gone after the last test of the file. */
export function temporaryFolder(name: string): string {
  const made = process.env.TMPDIR!.replace(new RegExp(`${OTHER}$`), MADE);
  return mkdtempSync(join(made, `${name}-`));
}

/**
 * Gives a file's tests, and the programs that they start, an empty temporary folder; the function that is given back
 * removes it with those of `temporaryFolder`, and throws where anything else was left in it.
 */
export function ownTemporaryFolder(): () => void {
  const before = process.env.TMPDIR;
  const own = mkdtempSync(join(process.env[TEMPORARY] ?? tmpdir(), 't-'));
  for (const name of [MADE, OTHER]) mkdirSync(join(own, name));
  // as /tmp is, since tests have users of their own
  for (const folder of [own, join(own, MADE), join(own, OTHER)]) chmodSync(folder, 0o1777);
  process.env.TMPDIR = join(own, OTHER);
  return () => {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
    const left = leftIn(own);
    rmSync(own, { recursive: true, force: true });
    if (left.length > 0) throw new Error(wordsOn(left));
  };
}

/** What programs and tests have left in the temporary folder of a file of tests. */
export const leftIn = (own: string): string[] => readdirSync(join(own, OTHER)).sort();

export const wordsOn = (left: readonly string[]): string =>
  `left behind in the temporary folder: ${left.join(', ')} (see test/temporary.ts)`;
