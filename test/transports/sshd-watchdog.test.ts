/** What hangs on a host costs its own answer; and whatever becomes of the client, no process of ours is left there. */
import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import pLimit from 'p-limit';
import { beforeAll, expect, it } from 'vitest';
import type { Become } from '../../src/model.ts';
import { collectionScript, type Question, type Questions } from '../../src/transports/script/script.ts';
import { askShell } from '../../src/transports/script/shell.ts';
import { describeWhere } from '../needs.ts';
import { connected } from './connecting.ts';
import { fileIn, scratchFolder } from './folder.ts';
import type { Sshd } from './sshd.ts';
import { SSHD_NEEDS, sshdWorld } from './sshd-world.ts';
import { type UnixUser, unixUsers } from './unix-user.ts';

const needs = {
  ...SSHD_NEEDS,
  programs: [...SSHD_NEEDS.programs!, 'sudo', 'useradd', 'chpasswd', 'unshare', 'nsenter', 'mount'],
};
const question = (probe: string, ask: string): Question => ({ probe, ask, inside: true });
const HANGING = ['ip', 'nft', 'iptables-save', 'nsenter'];

/**
 * A host of its own, so that its first process is the parent of all that lose theirs. What hangs is deaf to signals, and
 * has left its parent.
 */
const HOST = `
mount -t tmpfs none /usr/local/sbin
for program in ${HANGING.join(' ')}; do
  printf '%s\\n' '#!/bin/sh' 'trap "" TERM HUP INT PIPE' '(sleep 1000 &)' 'sleep 1000' >/usr/local/sbin/$program
  chmod 755 /usr/local/sbin/$program
done
[ ! -d /run/netns ] || mount -t tmpfs none /run/netns
unshare --net tail -f /dev/null &
exec "$@"`;
const WITHIN = ['unshare', '--mount', '--pid', '--fork', '--mount-proc', 'sh', '-c', HOST, 'sh'];

const QUESTIONS: Questions = {
  host: [
    question('namespaces.list', 'list_namespaces'),
    question('p.ip', 'ip -4 route'),
    question('p.between', 'echo between'),
    question('p.nft', 'nft list tables'),
    question('p.save', 'iptables-save'),
    question('p.after', 'echo after'),
  ],
  netns: [question('n.inside', 'echo inside')],
  namespaces: 'all',
};

const MODES: [name: string, become: Become | null, withPassword: boolean][] = [
  ['a plain user', null, false],
  ['sudo', 'sudo', false],
  ['sudo with a password', 'sudo', true],
];

describeWhere(needs, 'a host on which programs hang', () => {
  const { start, to, keys } = sshdWorld();
  const makeUser = unixUsers();
  let sshd: Sshd;
  let user: UnixUser;
  beforeAll(async () => {
    user = makeUser();
    user.sudoers('USER ALL=(root) NOPASSWD: ALL');
    sshd = await start({ within: WITHIN });
  });

  /** The host's own first shell has become sshd: one that is there is ours. */
  const OWN = new Set(['unshare', 'tail', 'sshd']);
  const ours = () => sshd.processes().filter((name) => !OWN.has(name));

  /** Waits for ten seconds at most. What is looked at twice may become something else in between. */
  async function nothingIsLeft() {
    let left = ours();
    for (let tries = 0; tries < 100 && left.length > 0; tries++) {
      await sleep(100);
      left = ours();
    }
    expect(left).toEqual([]);
  }

  async function ask(
    transport: 'ssh2' | 'openssh',
    [, become, withPassword]: (typeof MODES)[number],
    signal = new AbortController().signal,
  ) {
    const session = await connected(to(sshd, { user: user.name, options: { transport } }));
    const asked = await askShell(session, QUESTIONS, {
      become,
      becomePassword: withPassword ? user.password : null,
      installed: null,
      sample: 0,
      limit: 2 ** 20,
      timeout: 16_000,
      signal,
    });
    session.close();
    return asked;
  }

  const TRANSPORTS = ['ssh2', 'openssh'] as const;

  it('loses the answers of those programs, and no others', { timeout: 120_000 }, async () => {
    const all = TRANSPORTS.flatMap((transport) => MODES.map((mode) => ({ transport, mode })));
    const answered = await Promise.all(all.map(({ transport, mode }) => ask(transport, mode)));
    for (const [i, { trouble, evidence }] of answered.entries()) {
      const {
        transport,
        mode: [name, become],
      } = all[i]!;
      const said = evidence
        .filter(({ probe }) => probe !== 'namespaces.list')
        .map(({ probe, answer }) => `${probe}: ${answer.ok ? answer.value.trim() : answer.problem}`);
      const inside = become === null ? ['n.inside: inside'] : ['n.inside: inside', 'n.inside: timeout'];
      const of = [
        'p.ip: timeout',
        'p.between: between',
        'p.nft: timeout',
        'p.save: timeout',
        'p.after: after',
      ];
      expect([transport, name, trouble, ...said.sort()]).toEqual([
        transport,
        name,
        null,
        ...[...of, ...inside].sort(),
      ]);
    }
    await nothingIsLeft();
  });

  it.each(TRANSPORTS)(
    'has nothing of ours left after 20 cuts of %s at random moments',
    { timeout: 180_000 },
    async (transport) => {
      const limit = pLimit(5);
      const cutOne = (cut: number) =>
        limit(async () => {
          const stop = new AbortController();
          setTimeout(() => stop.abort(new Error('cut')), Math.random() * 1500);
          await ask(transport, MODES[cut % MODES.length]!, stop.signal);
        });
      await Promise.all(Array.from({ length: 20 }, (_, cut) => cutOne(cut)));
      await nothingIsLeft();
    },
  );

  it.each([
    ['says nothing', 'sleep 1000'],
    ['is stopped while there is more to say than it takes', 'exec yes'],
  ])('has nothing of ours left where the client %s', { timeout: 60_000 }, async (_, text) => {
    const script = collectionScript(
      { host: [question('p.it', text)], netns: [], namespaces: 'init' },
      'twlint-0123456789abcdef',
      3,
    );
    const known = fileIn(scratchFolder(), 'known_hosts', `${sshd.hostKeyLines.join('\n')}\n`);
    const options = [`UserKnownHostsFile=${known}`, 'GlobalKnownHostsFile=none', 'BatchMode=yes'];
    const client = spawn(
      'ssh',
      [
        ...['-F', 'none', '-p', `${sshd.port}`, '-i', keys.ed25519.file, '-l', 'root'],
        ...options.flatMap((option) => ['-o', option]),
        ...['127.0.0.1', 'sh'],
      ],
      { stdio: ['pipe', 'pipe', 'ignore'] },
    );
    const ended = new Promise((resolve) => client.once('close', resolve));
    client.stdin.end(script);
    await new Promise((begun) => client.stdout.once('data', begun));
    client.stdout.pause();
    client.kill('SIGSTOP');
    // its own time is three seconds, and five more to say so
    for (let tries = 0; tries < 200 && ours().length > 0; tries++) await sleep(100);
    await nothingIsLeft();
    client.kill('SIGKILL');
    client.stdout.resume();
    await ended;
  });
});
