/** The action that GitHub runs: its script, as a runner would run it. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import audit from '../src/commands/audit.ts';
import { temporaryFolder } from './temporary.ts';
import { PROGRAM } from './twlint.ts';

const ROOT = join(import.meta.dirname, '..');

interface Action {
  inputs: Record<string, { description: string; default?: string }>;
  outputs: Record<string, { value: string }>;
  runs: { steps: { id?: string; run?: string; uses?: string; env?: Record<string, string> }[] };
}
const action = load(readFileSync(join(ROOT, 'action.yml'), 'utf8')) as Action;
const step = action.runs.steps.find(({ id }) => id === 'audit')!;

/** Runs the step with these inputs, and returns its status and what it left for the runner. */
function runWith(inputs: Record<string, string>) {
  const folder = temporaryFolder('action');
  const [output, summary, temp] = ['output', 'summary', 'temp'].map((name) => join(folder, name));
  for (const file of [output!, summary!]) writeFileSync(file, '');
  mkdirSync(temp!);
  const env = Object.fromEntries(
    Object.entries(step.env!).map(([name, expression]) => [
      name,
      expression.replace(/\$\{\{ inputs\.([\w-]+) \}\}/, (_, input) => inputs[input] ?? ''),
    ]),
  );
  const ran = spawnSync('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', step.run!], {
    cwd: folder,
    encoding: 'utf8',
    env: {
      PATH: process.env.PATH,
      ...env,
      TWLINT: ROOT,
      RUNNER_TEMP: temp,
      GITHUB_OUTPUT: output,
      GITHUB_STEP_SUMMARY: summary,
    },
  });
  const read = (path: string) => readFileSync(path, 'utf8');
  const outputs = Object.fromEntries(
    read(output!)
      .trimEnd()
      .split('\n')
      .map((line) => line.split(/=(.*)/s).slice(0, 2)),
  );
  return { status: ran.status, stdout: ran.stdout, outputs, summary: read(summary!), folder };
}

describe('the action', () => {
  it('audits, writes reports and the summary, and fails where something was found', () => {
    expect(existsSync(PROGRAM)).toBe(true);
    const from = join(ROOT, 'inventories/demo');
    const { status, stdout, outputs, summary } = runWith({ from, 'fail-on': 'error' });
    expect(status).toBe(1);
    expect(stdout).toContain('TW001');
    expect(summary).toContain('TW001');
    expect(outputs.written).toBe('true');
    const sarif = JSON.parse(readFileSync(outputs.sarif!, 'utf8'));
    expect(sarif.runs[0].results.length).toBeGreaterThan(0);
    // its own report is the baseline of the next run
    expect(runWith({ from, baseline: outputs.json! }).status).toBe(0);
  });

  it('takes inputs for nothing but values', () => {
    const { status, outputs, folder } = runWith({ from: '$(touch canary)', category: '; touch canary' });
    expect([status, outputs.written, existsSync(join(folder, 'canary'))]).toEqual([2, undefined, false]);
  });

  it('has an input for each option that it passes on, and each reaches the script as a variable', () => {
    for (const [, option] of step.run!.matchAll(/^ *add ([\w-]+) /gm)) {
      expect(audit.options).toHaveProperty([option!]);
      expect(action.inputs).toHaveProperty([option!]);
    }
    expect(step.run).not.toContain('${{');
    for (const { value } of Object.values(action.outputs))
      expect(value).toMatch(/steps\.audit\.outputs\.(sarif|json)/);
  });
});
