import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../../temporary.ts';

const early = temporaryFolder('early');

it('keeps what it needs', () => {
  writeFileSync(join(temporaryFolder('late'), 'file'), '');
  expect(early).toContain('early');
});
