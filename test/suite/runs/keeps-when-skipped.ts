import { describe, it } from 'vitest';
import { temporaryFolder } from '../../temporary.ts';

describe.skip('what is not to run', () => {
  temporaryFolder('early');
  it('does not', () => {});
});
