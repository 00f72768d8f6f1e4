import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { build } from '../.ci/build.mjs';
import { leftIn, TEMPORARY } from './temporary.ts';

/**
 * Before the first test and after the last: the program is built from what is in src now, for the tests that run it,
 * and the run has a temporary folder of its own, which is to be empty at its end.
 */
export default function setup(project: TestProject): () => void {
  build();
  project.onTestsRerun(() => build());
  // short, since paths of sockets are: and like /tmp, since tests have users of their own
  const folder = mkdtempSync(join(tmpdir(), 'twlint-'));
  chmodSync(folder, 0o1777);
  process.env[TEMPORARY] = folder;
  return () => {
    // a file whose tests were all skipped had no end of its own
    const left = readdirSync(folder).flatMap((name) =>
      name.startsWith('t-') ? leftIn(join(folder, name)) : [],
    );
    rmSync(folder, { recursive: true, force: true });
    if (left.length > 0) throw new Error(`left behind in the temporary folder: ${left.join(', ')}`);
  };
}
