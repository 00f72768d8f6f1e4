import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { build } from '../.ci/build.mjs';
import { leftIn, TEMPORARY, wordsOn } from './temporary.ts';

/**
 * Before the first test, and again when a watched run begins anew, the program is built from what is in src, for the
 * tests that run it. The run has a temporary folder of its own, in which nothing may be left at its end.
 */
export default function setup(project: TestProject): () => void {
  build();
  project.onTestsRerun(() => build());
  // short, since paths of sockets must be
  const folder = mkdtempSync(join(tmpdir(), 'twlint-'));
  chmodSync(folder, 0o1777);
  process.env[TEMPORARY] = folder;
  return () => {
    // those that are still there are of files whose tests were all skipped
    const left = readdirSync(folder).flatMap((own) => leftIn(join(folder, own)));
    rmSync(folder, { recursive: true, force: true });
    if (left.length === 0) return;
    // an error alone would be shown, and the run pass
    process.exitCode = 1;
    throw new Error(wordsOn(left));
  };
}
