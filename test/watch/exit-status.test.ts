/** How a watch ends, and what it says of hosts that it does not see. This machine is the host that it sees. */
import { connect } from 'node:net';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../temporary.ts';
import { fileIn } from '../transports/folder.ts';
import { twlint } from '../twlint.ts';

const HERE = 'here ansible_connection=local\n';
const AWAY = 'away ansible_host=127.0.0.1 ansible_port=1\n';
/** Where all of them run, since they do so at one time. */
const HOME = temporaryFolder('watch');
const FOREVER = ['--every', '200ms'];
const LONG = [...FOREVER, '--for', '4s'];

/** Holds for every network namespace, or for none. */
const rule = (holds: boolean) => `
id: XX001
title: About every namespace
severity: error
scope: netns
when: "true"
assert: "${holds ? '!' : ''}('OfThisTest' in counters.total)"
message: "It has {{ counters.total.size() }} counters"
why: It tests a watch.
fix: { text: Nothing. }
references: [https://example.com/]
tests:
  - { name: one, given: { counters: { total: { Other: 1 } } }, expect: ${holds ? 'pass' : 'fail'} }
  - { name: another, given: { counters: { total: { OfThisTest: 1 } } }, expect: ${holds ? 'fail' : 'pass'} }
  - { name: not known, given: { counters: denied }, expect: unknown }
`;

interface Ending {
  hosts?: string;
  holds?: boolean;
  args?: string[];
  /** Interrupted when there is a window. */
  isStopped?: boolean;
}

async function watched({ hosts = HERE, holds = true, args = ['--for', '1ms'], isStopped = false }: Ending) {
  const folder = temporaryFolder('watched');
  const inventory = fileIn(folder, 'hosts.ini', hosts);
  const rules = fileIn(folder, 'rule.yaml', rule(holds));
  const stop = new AbortController();
  const common = ['-i', inventory, '--rules', rules, '--no-builtin', '--netns', 'init', '--quiet'];
  const moving = setInterval(() => connect(1, '127.0.0.1').on('error', () => {}), 50);
  try {
    return await twlint(HOME, ['watch', '--format', 'jsonl', ...common, ...args], {
      stop: stop.signal,
      onOut(text) {
        if (isStopped && text.includes('"window"')) stop.abort(new Error('interrupted by the user'));
      },
    });
  } finally {
    clearInterval(moving);
  }
}

it.concurrent.each<[about: string, ending: Ending, status: number, said: RegExp]>([
  [
    'nothing is wrong',
    { args: ['--every', '200ms', '--for', '4s'] },
    0,
    /"kind":"window".*\n(.*\n)*.*"gaps":\[\]/,
  ],
  ['it ends before anything was seen', {}, 3, /the watch ended before it was looked at twice/],
  ['somebody ends one that has no end', { args: FOREVER, isStopped: true }, 0, /"kind":"report"/],
  ['it is cut short', { args: [...FOREVER, '--for', '1m'], isStopped: true }, 130, /"interrupted":true/],
  ['something is wrong', { holds: false, args: LONG }, 1, /"rule":"XX001"/],
  ['a host can not be reached', { hosts: HERE + AWAY }, 3, /"reached":\{"ok":false/],
  [
    'no host can be reached',
    { hosts: AWAY, args: LONG },
    3,
    /^{"kind":"host".*"state":"lost",.*refuses connections(.*\n)+{"kind":"report"/,
  ],
  ['no host can be reached, at one look', { hosts: AWAY, args: ['--once'] }, 3, /^$/],
])('where %s', { timeout: 90_000 }, async (_, ending, status, said) => {
  const ended = await watched(ending);
  expect(ended.stdout).toMatch(said);
  expect(ended.status).toBe(status);
});

it.each([
  [['--every', '100ms'], /--every 100ms: no less than 200ms/],
  [['--for', 'ever'], /--for ever/],
  [['--format', 'html'], /format/],
  [['--counters', 'Listen*,'], /--counters Listen\*,: a pattern is empty/],
  [['--once', '--for', '3s'], /--once looks once/],
])('nothing is asked where it is called with %s', async (args, said) => {
  const { status, stdout, stderr } = await watched({ args });
  expect([status, stdout]).toEqual([2, '']);
  expect(stderr).toMatch(said);
});

it('one look prints each counter with what it means, those above 0 first', async () => {
  const args = ['--once', '--counters', 'Tcp.*,ListenDrops'];
  const { status, stdout } = await watched({ args });
  const totals = stdout
    .trim()
    .split('\n')
    .map(
      (line) =>
        JSON.parse(line) as { counter: string; total: number; weight: string; meaning: string | null },
    );
  expect(status).toBe(0);
  expect(totals.find(({ counter }) => counter === 'ListenDrops')).toMatchObject({
    weight: 'loss',
    meaning: expect.stringContaining('dropped at listening sockets'),
  });
  const isAbove = totals.map(({ total }) => total > 0);
  expect(isAbove).toEqual(isAbove.toSorted((a, b) => Number(b) - Number(a)));
});

it.each([[['--once']], [['--for', '1s', '--every', '200ms']]])(
  'a name that no counter has is told with %s',
  async (how) => {
    const { status, stderr } = await watched({ args: ['--counters', 'TCP*,ListenDrop,nonsense*', ...how] });
    expect(status).toBe(0);
    expect(stderr).toBe(
      'twlint: --counters: no counter is called ListenDrop\n  hint: did you mean ListenDrops?\n' +
        'twlint: --counters: no counter is called nonsense*\n  hint: watch --once lists them all\n',
    );
  },
);
