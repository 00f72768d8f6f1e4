/** Every command of docs/before-a-change.md runs, and says what the page says that it does. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { shellWords } from '../src/inventory/shell-words.ts';
import { twlint } from './twlint.ts';

const ROOT = join(import.meta.dirname, '..');
const PAGE = readFileSync(join(ROOT, 'docs/before-a-change.md'), 'utf8');
const COMMANDS = [...PAGE.matchAll(/^\$ twlint (.*)$/gm)].map(([, line = '']) => line);

/** What each of them prints, and its exit status. */
const SAYS: [RegExp, RegExp, number][] = [
  [/^plan .*tw_recycle=0/, /Findings that are gone \(1\)\n {2}error\[TW001\]/, 0],
  [/^plan .*MASQUERADE/, /Packets that come from another source/, 0],
  [/^plan .*FORWARD/, /Packets that do not arrive any more/, 1],
  [/^diff /, /^No difference\.\n$/, 0],
];

describe('docs/before-a-change.md', () => {
  it.each(COMMANDS)('twlint %s', async (line) => {
    const { stdout, stderr, status } = await twlint(
      ROOT,
      shellWords(line).words.map(({ text }) => text),
    );
    const said = SAYS.find(([command]) => command.test(line));
    expect(said, 'what it says stands in this test').toBeDefined();
    expect(stdout + stderr).toMatch(said![1]);
    expect(status).toBe(said![2]);
  });

  it('has a command for each of them', () => {
    for (const [command] of SAYS) expect(COMMANDS.some((line) => command.test(line))).toBe(true);
  });
});
