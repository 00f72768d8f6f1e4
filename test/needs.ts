import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { describe, it } from 'vitest';

/** What a test needs of the machine it runs on. */
export interface Needs {
  root?: true;
  /** Programs in PATH or in a sbin folder. */
  programs?: string[];
}

/** Why this machine can't run such a test, or null. */
function missing({ root, programs = [] }: Needs): string | null {
  if (root && process.getuid?.() !== 0) return 'needs root';
  const absent = programs.filter((program) => !installed(program));
  return absent.length > 0 ? `needs ${absent.join(', ')}` : null;
}

/**
 * `describe`, skipped with the reason in its name where the machine lacks something: no line of it runs then. Under
 * TWLINT_CI=1 nothing is skipped: what is missing there is a failure.
 */
export function describeWhere(needs: Needs, name: string, tests: () => void): void {
  const reason = missing(needs);
  if (reason === null || process.env.TWLINT_CI === '1') describe(name, tests);
  else describe(`${name} (skipped: ${reason})`, () => it.skip('all of it', () => {}));
}

/** Those files that are there; under TWLINT_CI=1 all, so that a missing one is a failure. */
export function whereThere(files: readonly string[]): string[] {
  return files.filter((file) => process.env.TWLINT_CI === '1' || existsSync(file));
}

function installed(program: string): boolean {
  try {
    const path = `${process.env.PATH}:/usr/local/sbin:/usr/sbin:/sbin`;
    execFileSync('/bin/sh', ['-c', 'command -v "$1"', 'sh', program], {
      env: { PATH: path },
      stdio: 'ignore',
    });
    return true;
  } catch {
    return false;
  }
}
