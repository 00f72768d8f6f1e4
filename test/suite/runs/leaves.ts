import { mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'vitest';

it('leaves a folder behind', () => {
  mkdirSync(join(tmpdir(), 'forgotten'));
});
