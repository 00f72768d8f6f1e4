import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { describe, it } from 'vitest';

/** What a test needs of the machine it runs on. */
export interface Needs {
  /** And the rights that root has on a machine: that of a container, or in a chroot, may make no namespaces or mounts. */
  root?: true;
  /** Programs in PATH or in a sbin folder. */
  programs?: string[];
  /** Files or folders that something fetched: see .ci/run. */
  files?: string[];
  /** Lists of Debian's packages. */
  packages?: true;
}

/** Why this machine can't run such a test, or null. */
function missing({ root, programs = [], files = [], packages }: Needs): string | null {
  if (root && process.getuid?.() !== 0) return 'needs root';
  if (root && !mayMakeHosts()) return 'needs a root that may make namespaces and mounts';
  const absent = programs.filter((program) => !installed(program));
  if (absent.length > 0) return `needs ${absent.join(', ')}`;
  const unfetched = files.filter((file) => !existsSync(file));
  if (unfetched.length > 0) return `needs ${unfetched.join(', ')}`;
  const lists = packages ? readdirSync('/var/lib/apt/lists') : [];
  return packages && !lists.some((name) => /_Packages(\.\w+)?$/.test(name)) ? 'needs apt-get update' : null;
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

function mayMakeHosts(): boolean {
  const args = ['--net', '--mount', 'mount', '-t', 'tmpfs', 'tmpfs', tmpdir()];
  return spawnSync('unshare', args, { stdio: 'ignore' }).status === 0;
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
