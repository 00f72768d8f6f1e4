import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { twlint } from './twlint.ts';

const ROOT = join(import.meta.dirname, '..');

it('the README shows what the demo prints', async () => {
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
  const [, shown] = /```\n(Looked at 2 hosts[\s\S]*?)\n```/.exec(readme) ?? [];
  const { stdout } = await twlint(ROOT, ['audit', '--from', 'inventories/demo']);
  // `...` stands for what is left out
  const [start, end] = shown!.split('\n...\n');
  expect(stdout.startsWith(start!)).toBe(true);
  expect(stdout.trimEnd().endsWith(end!)).toBe(true);
});
