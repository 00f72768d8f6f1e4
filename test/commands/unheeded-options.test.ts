/** Options about asking hosts, where none is asked: the program says that they change nothing. */
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { twlint } from '../twlint.ts';

const root = join(import.meta.dirname, '../..');

it.each([
  [['--netns', 'init'], ['--netns init is about']],
  [['--interval', '3s'], ['--interval 3s is about']],
  [
    ['--netns', 'init', '--interval', '3s'],
    ['--netns init is about', '--interval 3s is about'],
  ],
  [['--netns', 'all'], []],
])('%j with --from', async (options, said) => {
  const { stderr } = await twlint(root, ['audit', '--from', 'inventories/demo', '-q', ...options]);
  const lines = stderr.split('\n').filter((line) => line.startsWith('twlint: --'));
  expect(lines).toEqual(said.map((text) => expect.stringContaining(text)));
});
