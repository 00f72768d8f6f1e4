import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/longest-first.ts';

/** The folders whose tests need no Linux. */
const UNIT = ['derived', 'evaluate', 'fleet', 'formats', 'host', 'network'].map(
  (folder) => `test/${folder}/**/*.test.ts`,
);

// one more than cores: much of the time is spent waiting for programs that tests start
const maxWorkers = availableParallelism() + 1;
const common = {
  setupFiles: ['test/setup.ts'],
  testTimeout: 30_000,
  hookTimeout: 30_000,
  maxWorkers,
};

export default defineConfig({
  test: {
    globalSetup: ['test/global-setup.ts'],
    reporters: ['default', './test/skip-reasons.ts'],
    sequence: { sequencer: LongestFirst },
    maxWorkers,
    projects: [
      // these change nothing that another file sees, and each would begin with an import of the whole program
      { test: { ...common, name: 'unit', include: UNIT, isolate: false } },
      { test: { ...common, name: 'machine', include: ['test/**/*.test.ts'], exclude: UNIT } },
    ],
  },
});
