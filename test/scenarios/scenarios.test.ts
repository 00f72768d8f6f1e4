import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseScenario, setUp, withOutput } from './scenario.ts';

const ROOT = join(import.meta.dirname, '../..');

/** UPDATE=1 writes down what is printed now, in those parts that a scenario has; read the difference. */
const scenarios = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.scenario'));

describe.each(scenarios)('%s', (name) => {
  it('does what it says', () => {
    const path = join(import.meta.dirname, name);
    const text = readFileSync(path, 'utf8');
    const scenario = parseScenario(text, name);
    const folder = mkdtempSync(join(tmpdir(), 'twlint-scenario-'));
    try {
      setUp(scenario, folder, join(ROOT, 'inventories/demo'));
      const env = { PATH: process.env.PATH, HOME: folder, NO_COLOR: '1' };
      const ended = spawnSync(process.execPath, [join(ROOT, 'dist/cli.js'), ...scenario.command], {
        cwd: folder,
        env,
      });
      const said = { status: ended.status, stderr: ended.stderr.toString(), stdout: ended.stdout.toString() };
      if (process.env.UPDATE === '1') return writeFileSync(path, withOutput(text, said));
      expect(said).toEqual({
        status: scenario.status,
        stderr: scenario.stderr ?? said.stderr,
        stdout: scenario.stdout ?? said.stdout,
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
