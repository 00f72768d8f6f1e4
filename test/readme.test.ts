import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..');

it('the README shows what the demo prints', () => {
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
  const [, shown] = /```\n(error\[TW001\][\s\S]*?)\n```/.exec(readme) ?? [];
  const args = [join(ROOT, 'dist/cli.js'), 'audit', '--from', 'inventories/demo'];
  const { stdout } = spawnSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8' });
  // `...` stands for what is left out
  const [start, end] = shown!.split('\n...\n');
  expect(stdout.startsWith(start!)).toBe(true);
  expect(stdout.trimEnd().endsWith(end!)).toBe(true);
});
