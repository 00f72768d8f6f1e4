import { defineConfig } from 'vitest/config';

/** Runs that behave well or badly: see ../manners.test.ts. */
export default defineConfig({
  test: {
    include: ['test/suite/runs/*.ts'],
    exclude: ['**/vitest.config.ts'],
    globalSetup: ['test/global-setup.ts'],
    setupFiles: ['test/setup.ts'],
    reporters: ['default', './test/skip-reasons.ts'],
  },
});
