import { mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'vitest';

describe.skip('what is not to run', () => {
  mkdirSync(join(tmpdir(), 'forgotten'));
  it('does not', () => {});
});
