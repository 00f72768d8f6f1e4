/** The page shows what the command prints. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../temporary.ts';
import { twlint } from '../twlint.ts';

const ROOT = join(import.meta.dirname, '../..');

it('docs/before-a-change.md shows its intents tried on the demo', async () => {
  const page = readFileSync(join(ROOT, 'docs/before-a-change.md'), 'utf8');
  const [, intents] = /```yaml\n([\s\S]*?)^```/m.exec(page)!;
  const [, shown] = /```\n(violated [\s\S]*?)\n```/.exec(page)!;
  const folder = temporaryFolder('intents');
  writeFileSync(join(folder, 'intents.yaml'), intents!);
  const args = ['--from', join(ROOT, 'inventories/demo'), '--intents', 'intents.yaml'];
  const { stdout, status } = await twlint(folder, ['intent', ...args]);
  expect(status).toBe(1);
  // `...` stands for what is left out
  for (const part of shown!.split('\n...').filter((one) => one.trim() !== '')) expect(stdout).toContain(part);
});
