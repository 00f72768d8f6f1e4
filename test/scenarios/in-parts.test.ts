/** An audit of a scenario or case says the same where it is done in parts, which are then merged in another order. */
import { cpSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import audit from '../../src/commands/audit.ts';
import merge from '../../src/commands/merge.ts';
import { parseYaml } from '../../src/yaml.ts';
import { temporaryFolder } from '../temporary.ts';
import { type Ended, twlint } from '../twlint.ts';
import { parseScenario, setUp } from './scenario.ts';

const ROOT = join(import.meta.dirname, '../..');
const OF = 2;

const audits = readdirSync(import.meta.dirname)
  .filter((name) => name.endsWith('.scenario'))
  .map((name) => ({
    name,
    scenario: parseScenario(readFileSync(join(import.meta.dirname, name), 'utf8'), name),
  }))
  // what is refused has no parts
  .filter(({ scenario: { command, status } }) => command[0] === 'audit' && status !== 2);

const CASES = join(ROOT, 'test/cases');

/** The audits of recorded hosts of all kinds: `case.yaml` has the command lines. */
const cases = readdirSync(CASES, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('case.yaml'))
  .sort()
  .flatMap((path) => {
    const { runs } = parseYaml(readFileSync(join(CASES, path), 'utf8'), path).value as unknown as {
      runs: { run: string }[];
    };
    const lines = runs.map(({ run }) => run).filter((run) => run.startsWith('audit '));
    return [...new Set(lines)].map((line) => ({ name: dirname(path), line }));
  });

type Options = Record<string, { alias?: unknown; type?: unknown }>;

/** The words of a command line that these options take. */
function wordsFor(options: Options, words: readonly string[]): string[] {
  const all: Options = { ...audit.options, ...merge.options };
  const named = (word: string) => {
    const name = word.replace(/^--?/, '').split('=')[0]!;
    return Object.keys(all).find((option) => option === name || all[option]!.alias === name)!;
  };
  const kept: string[] = [];
  for (let i = 0; i < words.length; i++) {
    const option = named(words[i]!);
    const takes = all[option]!.type !== 'boolean' && !words[i]!.includes('=');
    const those = takes ? [words[i]!, words[++i]!] : [words[i]!];
    if (option in options) kept.push(...those);
  }
  return kept;
}

const { format: _form, output: _out, all: _all, ...unprinted } = audit.options as Options;
const { output: _output, format: _format, 'allow-incomplete': _, ...inParts } = audit.options as Options;

async function merged(folder: string, words: readonly string[]): Promise<Ended> {
  const parts = Array.from({ length: OF }, (_, i) => `part-${i + 1}.gz`);
  for (const [i, part] of parts.entries()) {
    const about = ['--shard', `${i + 1}/${OF}`, '-o', `part:${part}`, '--allow-incomplete'];
    const { status, stderr } = await twlint(folder, ['audit', ...wordsFor(inParts, words), ...about]);
    expect([status, stderr]).toEqual([0, expect.stringContaining(`part ${i + 1} of ${OF}`)]);
  }
  return await twlint(folder, ['merge', ...parts.toReversed(), ...wordsFor(merge.options as Options, words)]);
}

it('has scenarios to try, and options of each command', () => {
  expect([audits.length > 40, cases.length > 40]).toEqual([true, true]);
  const words = ['--from', 'snap', '--rule', 'TW001', '-o', 'json:x', '--all', '--quiet', '--fail-on=note'];
  expect(wordsFor(inParts, words)).toEqual([
    ...['--from', 'snap', '--rule', 'TW001', '--all', '--quiet', '--fail-on=note'],
  ]);
  expect(wordsFor(merge.options as Options, words)).toEqual([
    ...['--rule', 'TW001', '-o', 'json:x', '--all', '--fail-on=note'],
  ]);
});

describe.each(audits)('$name', ({ scenario }) => {
  it('says the same in parts', async () => {
    const [, ...words] = scenario.command;
    const [one, other] = [temporaryFolder('whole'), temporaryFolder('parts')];
    for (const folder of [one, other]) setUp(scenario, folder, join(ROOT, 'inventories/demo'));
    const whole = await twlint(one, scenario.command);
    const { status, stdout } = await merged(other, words);
    expect({ status, stdout }).toEqual({ status: whole.status, stdout: whole.stdout });
    const written = readdirSync(one).filter(
      (name) => existsSync(join(one, name)) && /\.(json|sarif)$/.test(name),
    );
    for (const name of written)
      expect(readFileSync(join(other, name), 'utf8')).toBe(readFileSync(join(one, name), 'utf8'));
  });
});

/** Images and archives are looked at now. */
const untimed = (report: string) => report.replace(/"(startedAt|finishedAt)": "[^"]*"/g, '');

// each of them takes seconds: every other one
it.each(cases.filter((_, i) => i % 2 === 0))('$name: $line', async ({ name, line }) => {
  const folder = temporaryFolder('case');
  cpSync(join(CASES, name), folder, { recursive: true });
  const [, ...typed] = [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain!);
  const words = wordsFor(unprinted, typed);
  const asJson = ['--format', 'json', '--all'];
  const whole = await twlint(folder, ['audit', ...words, ...asJson]);
  expect(whole.status).not.toBe(2);
  const { status, stdout } = await merged(folder, [...words, ...asJson]);
  expect([status, untimed(stdout) === untimed(whole.stdout)]).toEqual([whole.status, true]);
});
