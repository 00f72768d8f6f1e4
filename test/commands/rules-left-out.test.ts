/** What a configuration says of rules that a command leaves out. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { temporaryFolder } from '../temporary.ts';
import { twlint } from '../twlint.ts';

const here = temporaryFolder('rules-left-out');
const DEMO = join(import.meta.dirname, '../../inventories/demo');

const ruleNamed = (id: string) => `id: ${id}
title: It forwards
severity: note
scope: netns
assert: sysctl['net.ipv4.ip_forward'] == 1
message: net.ipv4.ip_forward is 0
why: A test.
fix: { text: Turn it on. }
references: [https://docs.kernel.org/networking/ip-sysctl.html]
tests:
  - name: off
    given: { sysctl: { net.ipv4.ip_forward: 0 } }
    expect: fail
  - name: on
    given: { sysctl: { net.ipv4.ip_forward: 1 } }
    expect: pass
  - name: denied
    given: { sysctl: denied }
    expect: unknown
`;

beforeAll(() => {
  for (const [folder, id] of [
    ['ours', 'OUR001'],
    ['theirs', 'THE001'],
  ] as const) {
    mkdirSync(join(here, folder));
    writeFileSync(join(here, folder, 'forwards.yaml'), ruleNamed(id));
  }
  mkdirSync(join(here, 'empty'));
  writeFileSync(
    join(here, 'twlint.yaml'),
    `rules: [ours]
exclude: ["KA*"]
severities: { OUR001: warning, IV005: note }
waivers:
  - { rule: TW001, hosts: s2, reason: known, owner: net-team, until: 2999-01-31 }
`,
  );
});

it.each([
  ['rules', 'list', '--no-builtin'],
  ['rules', 'list', '--no-builtin', '-r', 'theirs'],
  ['rules', 'test', '-r', 'theirs'],
  ['explain', 'THE001', '-r', 'theirs'],
  ['audit', '--from', DEMO, '--no-builtin', '-r', 'theirs'],
])('twlint %s %s goes on: they are there all the same', async (...args) => {
  const { status, stderr } = await twlint(here, args);
  expect([stderr, status]).toEqual(['', 0]);
});

it('a rule that the command line itself names has to be among those that it loads', async () => {
  const { status, stderr } = await twlint(here, ['rules', 'list', '--no-builtin', '--rule', 'TW001']);
  expect([status, stderr]).toEqual([2, expect.stringContaining('there is no rule TW001')]);
});

it.each([['--exclude', 'TW*'], ['--rule', 'LS*'], ['--no-builtin']])(
  'with %s, nobody can tell whether the waiver of TW001 is stale',
  async (...args) => {
    const { status, stderr } = await twlint(here, [
      'audit',
      '--from',
      DEMO,
      '--stale-waivers',
      'error',
      ...args,
    ]);
    expect([status, stderr]).toEqual([0, '']);
  },
);

it('tests of no rule are a mistake, and so is a folder without one', async () => {
  const none = await twlint(here, ['rules', 'test', '--rule', 'TW*']);
  expect([none.status, none.stderr]).toEqual([2, expect.stringContaining('no rules to test')]);
  const empty = await twlint(join(here, 'empty'), ['rules', 'test', '-r', '.', '--config', 'none']);
  expect([empty.status, empty.stderr]).toEqual([2, expect.stringContaining('.: there is no rule')]);
});

it('a report of which all is accepted does not say that nothing was checked', async () => {
  const { status, stdout } = await twlint(here, ['audit', '--from', DEMO, '--rule', 'TW001']);
  expect([status, stdout]).toEqual([
    0,
    expect.stringContaining('\nNo open findings.\nAccepted by waivers: 1 finding.'),
  ]);
});
