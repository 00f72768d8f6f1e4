import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../temporary.ts';
import { twlint } from '../twlint.ts';
import { parseScenario, setUp, withOutput } from './scenario.ts';

const ROOT = join(import.meta.dirname, '../..');

/** UPDATE=1 writes down what is printed now, in those parts that a scenario has; read the difference. */
const scenarios = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.scenario'));

describe.each(scenarios)('%s', (name) => {
  it('does what it says', async () => {
    const path = join(import.meta.dirname, name);
    const text = readFileSync(path, 'utf8');
    const scenario = parseScenario(text, name);
    const folder = temporaryFolder('scenario');
    setUp(scenario, folder, join(ROOT, 'inventories/demo'));
    const said = await twlint(folder, scenario.command);
    if (process.env.UPDATE === '1') return writeFileSync(path, withOutput(text, said));
    expect(said).toEqual({
      status: scenario.status,
      stderr: scenario.stderr ?? said.stderr,
      stdout: scenario.stdout ?? said.stdout,
    });
  });
});
