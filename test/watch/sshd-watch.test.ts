/** Real hosts are watched: what goes wrong in a namespace is seen at once, and nothing stays there afterwards. */
import { spawn } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { describeWhere } from '../needs.ts';
import { temporaryFolder } from '../temporary.ts';
import { fileIn, scratchFolder } from '../transports/folder.ts';
import type { Sshd } from '../transports/sshd.ts';
import { SSHD_NEEDS, sshdWorld } from '../transports/sshd-world.ts';
import { type UnixUser, unixUsers } from '../transports/unix-user.ts';
import { PROGRAM, twlint } from '../twlint.ts';
import { lateOverflow, overflow, tableFull } from './provocations.ts';

const needs = {
  ...SSHD_NEEDS,
  programs: [...SSHD_NEEDS.programs!, 'sudo', 'useradd', 'chpasswd', 'unshare', 'nsenter', 'ip', 'nft'],
};

/** A host with processes and named namespaces of its own; what else the machine has is not seen there. */
const within = (script: string) => {
  const host = `mkdir -p /run/netns; mount -t tmpfs none /run/netns\n${script}\nexec "$@"`;
  return ['unshare', '--mount', '--pid', '--fork', '--mount-proc', 'sh', '-c', host, 'sh'];
};

interface Told {
  kind: string;
  at: string;
  namespace?: string | null;
  state?: string;
  reason?: string;
  rule?: string;
  counters: Record<string, { growth: number }> & string[];
}

describeWhere(needs, 'a host that is watched', () => {
  const { keys, start } = sshdWorld();
  const makeUser = unixUsers();
  /** Where those run that do so at one time. */
  const HOME = temporaryFolder('watch');
  let user: UnixUser;
  beforeAll(() => {
    user = makeUser();
    user.sudoers('USER ALL=(root) NOPASSWD: ALL');
  });

  /** The options that lead to a server. */
  function optionsFor(server: Sshd, folder: string, name: string, become: boolean, more = ''): string[] {
    const vars = `ansible_host=127.0.0.1 ansible_port=${server.port} ansible_user=${name}`;
    const line = `host ${vars}${become ? ' ansible_become=true' : ''} ${more}\n`;
    return [
      ...['-i', fileIn(folder, 'hosts.ini', line), '-F', 'none', '--key', keys.ed25519.file],
      ...['--known-hosts', fileIn(folder, 'known', `${server.hostKeyLines.join('\n')}\n`)],
      '--quiet',
    ];
  }

  const linesOf = (text: string): Told[] =>
    text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Told);

  /** How many windows of a namespace there are, from the first in which a counter grew to a finding. */
  function windowsUntil(told: readonly Told[], namespace: string, counter: string, rule: string): number {
    const windows = told.filter((one) => one.kind === 'window' && one.namespace === namespace);
    const first = windows.find(({ counters }) => (counters[counter]?.growth ?? 0) > 0)!;
    const began = told.find(
      (one) =>
        one.kind === 'finding' && one.state === 'began' && one.rule === rule && one.namespace === namespace,
    )!;
    return windows.filter(({ at }) => at >= first.at && at <= began.at).length;
  }

  /** Watches a host, on which something begins once it is watched. */
  const watched = (begin: string, options: string[]) =>
    twlint(HOME, ['watch', '--for', '18s', '--format', 'jsonl', ...options], {
      onOut: (text) => text.includes('"kind":"window"') && writeFileSync(begin, ''),
    });

  describe('where something happens', () => {
    it.concurrent('shows an accept queue that overflows within two windows, and what grows with it', {
      timeout: 90_000,
    }, async () => {
      const folder = temporaryFolder('watched');
      const begin = join(folder, 'begin');
      const server = await start({ within: within(overflow(begin)) });
      const snapshot = join(folder, 'snapshot');
      const { status, stdout, stderr } = await watched(begin, [
        '-o',
        snapshot,
        ...optionsFor(server, folder, 'root', false),
      ]);
      expect([status, stderr]).toEqual([1, '']);
      const told = linesOf(stdout);
      expect(windowsUntil(told, 'queue', 'ListenOverflows', 'LS001')).toBeLessThanOrEqual(2);
      const together = told.filter(({ kind, namespace }) => kind === 'lockstep' && namespace === 'queue');
      expect(together.map(({ counters }) => counters.join(' '))).toContain('ListenDrops ListenOverflows');
      const audited = await twlint(HOME, ['audit', '--from', snapshot, '--rule', 'LS001']);
      expect(audited.stdout).toMatch(/host\/queue[\s\S]* dropped in [\d.]+ s/);
    });

    it.concurrent('shows a full table of connections within two windows', { timeout: 90_000 }, async () => {
      const folder = temporaryFolder('watched');
      const begin = join(folder, 'begin');
      const server = await start({ within: within(tableFull(begin)) });
      const limit = '/proc/sys/net/netfilter/nf_conntrack_max';
      const before = readFileSync(limit, 'utf8');
      writeFileSync(limit, '1500');
      try {
        const { stdout } = await watched(begin, optionsFor(server, folder, 'root', false));
        expect(windowsUntil(linesOf(stdout), 'table', 'conntrack.drop', 'CT003')).toBeLessThanOrEqual(2);
      } finally {
        writeFileSync(limit, before);
      }
    });

    it.concurrent('tries rules on a namespace that begins later', { timeout: 90_000 }, async () => {
      const folder = temporaryFolder('watched');
      const begin = join(folder, 'begin');
      const server = await start({ within: within(lateOverflow(begin)) });
      const { stdout } = await watched(begin, [
        '--rule',
        'LS001',
        ...optionsFor(server, folder, 'root', false),
      ]);
      const told = linesOf(stdout).filter(({ namespace }) => namespace === 'late');
      const states = told.filter(
        ({ kind }) => kind !== 'window' && kind !== 'counter' && kind !== 'lockstep',
      );
      expect(states.map(({ kind, state, rule }) => `${kind} ${state} ${rule ?? ''}`.trim())).toEqual([
        'namespace came',
        'namespace tried',
        'finding began LS001',
      ]);
    });

    it.concurrent.each([
      ['that may log in as usual', '', '4s', 0, { windows: true, hosts: [] }],
      [
        'whose key is good for that alone',
        'restrict,command="sudo -n SCRIPT" ',
        '1m',
        3,
        {
          windows: false,
          hosts: [
            'lost: it has not answered for 20 s: its key may be good for nothing but its installed script',
          ],
        },
      ],
    ] as const)(
      'with an installed script, %s, is told',
      { timeout: 90_000 },
      async (_, prefix, duration, ends, expected) => {
        const folder = temporaryFolder('watched-installed');
        chmodSync(folder, 0o755);
        const script = fileIn(
          folder,
          'twlint-collect',
          (await twlint(HOME, ['collect', '--print-script', '--install-as', join(folder, 'twlint-collect')]))
            .stdout,
        );
        chmodSync(script, 0o755);
        const user = makeUser();
        user.sudoers(`USER ALL=(root) NOPASSWD: ${script} ""`);
        const server = await start({
          authorized: [`${prefix.replace('SCRIPT', script)}${keys.ed25519.publicLine}`],
        });
        const { status, stdout, stderr } = await twlint(HOME, [
          ...['watch', '--for', duration, '--format', 'jsonl', '--netns', 'init', '--rule', 'LS001'],
          ...optionsFor(server, folder, user.name, true, `twlint_collect_command=${script}`),
        ]);
        const told = linesOf(stdout);
        const hosts = told
          .filter(({ kind }) => kind === 'host')
          .map(({ state, reason }) => `${state}: ${reason}`);
        expect({ windows: told.some(({ kind }) => kind === 'window'), hosts }).toEqual(expected);
        expect(stderr).toContain(
          "host: it is watched without root's rights, which only its installed script has",
        );
        expect(status).toBe(ends);
      },
    );
  });

  describe('where the connection does not last', () => {
    it.concurrent('is connected again where the connection breaks', { timeout: 60_000 }, async () => {
      const server = await start();
      const folder = temporaryFolder('watched');
      const args = [
        'watch',
        '--for',
        '9s',
        '--every',
        '200ms',
        '--netns',
        'init',
        '--format',
        'jsonl',
        '--rule',
      ];
      let windows = 0;
      let isBroken = false;
      const onOut = (text: string) => {
        windows += text.split('"kind":"window"').length - 1;
        if (windows > 5 && !isBroken) server.dropConnections();
        isBroken ||= windows > 5;
      };
      const { stdout, status } = await twlint(
        HOME,
        [...args, 'LS001', ...optionsFor(server, folder, 'root', false)],
        { onOut },
      );
      expect(status).toBe(0);
      const told = linesOf(stdout);
      const hosts = told.filter(({ kind }) => kind === 'host');
      expect(hosts).toMatchObject([{ state: 'lost' }, { state: 'back', rebooted: false }]);
      const after = told.filter(({ kind, at }) => kind === 'window' && at > hosts[1]!.at);
      expect(after.length).toBeGreaterThan(0);
      expect(told.at(-1)).toMatchObject({ kind: 'report', report: { gaps: [] } });
    });

    it.concurrent('is watched from when it can be reached', { timeout: 60_000 }, async () => {
      let begin = () => {};
      const server = await start({ after: new Promise<void>((resolve) => (begin = resolve)) });
      const folder = temporaryFolder('watched');
      const snapshot = join(folder, 'snapshot');
      const { stdout } = await twlint(
        HOME,
        [
          ...['watch', '--for', '9s', '--every', '200ms', '--netns', 'init', '--format', 'jsonl'],
          ...['--rule', 'LS001', '--retries', '0', '-o', snapshot],
          ...optionsFor(server, folder, 'root', false),
        ],
        { onOut: (text) => text.includes('"state":"lost"') && begin() },
      );
      const told = linesOf(stdout);
      const hosts = told.filter(({ kind }) => kind === 'host');
      expect(hosts.map(({ state }) => state)).toEqual(['lost', 'came']);
      expect(hosts[0]!.reason).toContain('refuses connections');
      expect(told.some(({ kind, at }) => kind === 'window' && at > hosts[1]!.at)).toBe(true);
      const { gaps } = (told.at(-1) as { report?: { gaps: { reason: string }[] } }).report!;
      expect(gaps.map(({ reason }) => reason)).toEqual([
        expect.stringMatching(/^not watched before \d\d:\d\d:\d\d$/),
      ]);
      const audited = await twlint(HOME, ['audit', '--from', snapshot, '--rule', 'LS001']);
      expect(audited.stdout).toContain('not watched before');
    });

    it.concurrent('is not tried again where it refuses us', { timeout: 60_000 }, async () => {
      const server = await start({ authorized: [] });
      const folder = temporaryFolder('watched');
      const { stdout, stderr, status } = await twlint(HOME, [
        ...['watch', '--for', '50s', '--format', 'jsonl', '--rule', 'LS001'],
        ...optionsFor(server, folder, 'root', false),
      ]);
      expect({ status, stderr }).toEqual({ status: 3, stderr: '' });
      expect(linesOf(stdout).map(({ kind }) => kind)).toEqual(['report']);
      expect(server.log().match(/Connection from/g)).toHaveLength(1);
    });
  });

  describe.each([
    ['root, by our own client', 'ssh2', false, false],
    ["root, by the system's client", 'openssh', false, false],
    ['sudo', 'ssh2', true, false],
    ['sudo with a password', 'openssh', true, true],
  ] as const)('as %s', (_, transport, become, withPassword) => {
    it('has no process of ours when the client is killed', { timeout: 60_000 }, async () => {
      // one namespace has a process, and one has none until it is watched
      const server = await start({
        within: within('ip netns add empty; ip netns add busy; ip netns exec busy tail -f /dev/null &'),
      });
      const folder = scratchFolder();
      const name = become ? user.name : 'root';
      user.sudoers(`USER ALL=(root) ${withPassword ? '' : 'NOPASSWD: '}ALL`);
      const args = ['watch', '--every', '200ms', '--format', 'jsonl', '--transport', transport];
      const client = spawn(
        process.execPath,
        [PROGRAM, ...args, ...optionsFor(server, folder, name, become)],
        {
          stdio: ['ignore', 'pipe', 'inherit'],
          env: {
            PATH: process.env.PATH,
            HOME: folder,
            ...(withPassword && { TWLINT_BECOME_PASSWORD: user.password }),
          },
        },
      );
      const ended = new Promise((resolve) => client.once('exit', resolve));
      let text = '';
      client.stdout.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      const ours = () =>
        server.processes().filter((process) => !['tail', 'sshd', 'unshare'].includes(process));
      for (let tries = 0; tries < 300 && !text.includes('"kind":"window"'); tries++) await sleep(100);
      expect(text).toContain('"kind":"window"');
      // what is told of it is told when it is forked, and not yet cat
      for (let tries = 0; tries < 50 && !ours().includes('cat'); tries++) await sleep(100);
      expect(ours()).toContain('cat');
      client.kill('SIGKILL');
      await ended;
      for (let tries = 0; tries < 50 && ours().length > 0; tries++) await sleep(100);
      expect(ours()).toEqual([]);
    });
  });
});
