import { defineConfig } from 'vitest/config';

/** Not in the default run: it needs Debian packages that are half a gigabyte, and emulates a machine. */
export default defineConfig({
  test: {
    globalSetup: ['test/global-setup.ts'],
    setupFiles: ['test/setup.ts'],
    include: ['test/lab/vm/*.lab.ts'],
  },
});
