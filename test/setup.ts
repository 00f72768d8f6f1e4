import fc from 'fast-check';
import { afterAll } from 'vitest';
import { ownTemporaryFolder } from './temporary.ts';

/** Equal runs by default, so that a red run says something about the change; TWLINT_SEED=random looks for more. */
const { TWLINT_SEED = '1' } = process.env;
if (TWLINT_SEED !== 'random') fc.configureGlobal({ seed: Number(TWLINT_SEED) });

afterAll(ownTemporaryFolder());
