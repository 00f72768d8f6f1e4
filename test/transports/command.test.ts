/** Hosts that are asked by a command of the operator's, run for real: other roots, other namespaces, containers. */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { targetsVia } from '../../src/commands/lib/via.ts';
import type { Target } from '../../src/model.ts';
import { openCommand } from '../../src/transports/command.ts';
import type { Questions } from '../../src/transports/script/script.ts';
import { askShell } from '../../src/transports/script/shell.ts';
import type { Session } from '../../src/transports/session.ts';
import { describeWhere } from '../needs.ts';
import { temporaryFolder } from '../temporary.ts';
import { runIn, sshTarget } from './connecting.ts';

const folder = temporaryFolder('command');

const named = (...names: string[]): Target[] =>
  names.map((name) => {
    const target = sshTarget({ port: 22 });
    return { ...target, host: { ...target.host, name } };
  });

const wordsOf = ({ connection }: Target) => (connection.kind === 'command' ? connection.words : null);

function sessionBy(command: string, name = 'h1'): Session {
  const [target] = targetsVia(named(name), command);
  const opened = openCommand(wordsOf(target!)!, { PATH: process.env.PATH }, () => {});
  if (!opened.ok) throw new Error(opened.reason);
  return opened.value;
}

const questions: Questions = {
  host: [{ probe: 'k.release', ask: 'cat /proc/sys/kernel/osrelease', inside: true }],
  netns: [{ probe: 'n.links', ask: 'cat $PROC_NET/dev', inside: true }],
  namespaces: 'init',
};

const asked = (session: Session, timeout = 20_000) =>
  askShell(session, questions, {
    become: null,
    becomePassword: null,
    installed: null,
    sample: 0,
    limit: 1 << 20,
    timeout,
    signal: AbortSignal.any([AbortSignal.timeout(timeout)]),
  });

it.each([
  [
    'kubectl debug node/{host} -i -- chroot /host sh',
    ['kubectl', 'debug', 'node/h1', '-i', '--', 'chroot', '/host', 'sh'],
  ],
  [`sh -c 'exec "$0"  {host}#1' "{host} {host}"`, ['sh', '-c', 'exec "$0"  h1#1', 'h1 h1']],
  ['echo $HOME ~ * {host}{HOST} {{host}}', ['echo', '$HOME', '~', '*', 'h1{HOST}', '{h1}']],
  ["env 'a|b' '' '>x' {host}", ['env', 'a|b', '', '>x', 'h1']],
])('%s', (command, words) => {
  expect(targetsVia(named('h1'), command).map(wordsOf)).toEqual([words]);
});

it('leaves a name as it is, whatever it would mean elsewhere', () => {
  const names = ['a$b', '$&', '-x', '{host}', 'a b', "a'b", '%n'];
  expect(targetsVia(named(...names), 'p node/{host}').map(wordsOf)).toEqual(
    names.map((name) => ['p', `node/${name}`]),
  );
});

it.each([
  ['sh | cat {host}', '| means nothing here'],
  ['sh {host} 2>/dev/null', '2>/dev/null means nothing here'],
  ['sh "{host}', 'the " is not closed'],
  ['docker exec -i db sh', 'the command is the same for h1, h2 and all others'],
])('refuses %s', (command, message) => {
  expect(() => targetsVia(named('h1', 'h2'), command)).toThrow(message);
});

it('asks by it what would be asked over a connection, and nothing else', () => {
  const kinds: Target['connection'][] = [
    { kind: 'none', reason: 'winrm' },
    { kind: 'local', become: null },
    { kind: 'image', path: 'rootfs' },
    { kind: 'archive', path: 'sos' },
  ];
  const targets = kinds.map((connection, i) => ({ ...named(`h${i}`)[0]!, connection }));
  expect(targetsVia(targets, 'p {host}').map(({ connection }) => connection.kind)).toEqual([
    'command',
    'local',
    'image',
    'archive',
  ]);
});

it('asks a sh that it starts', async () => {
  const { reached, trouble, evidence } = await asked(sessionBy('env -i sh'));
  expect([reached.ok, trouble]).toEqual([true, null]);
  expect(evidence.map(({ probe, answer }) => [probe, answer.ok])).toEqual([
    ['k.release', true],
    ['n.links', true],
  ]);
});

describeWhere(
  { root: true, programs: ['unshare', 'nsenter', 'chroot'] },
  'other namespaces and roots',
  () => {
    it('a network namespace of its own, by unshare', async () => {
      const { evidence } = await asked(sessionBy('unshare --net sh'));
      const [own] = evidence.filter(({ probe }) => probe === 'n.links');
      expect(own?.answer).toMatchObject({ ok: true, value: expect.stringMatching(/^ *lo:/m) });
      expect(own?.answer).toMatchObject({ ok: true, value: expect.not.stringMatching(/^ *eth\d/m) });
    });

    it('that of a process, by nsenter, with its name in a word', async () => {
      const { evidence } = await asked(
        sessionBy('nsenter --net=/proc/{host}/ns/net sh', String(process.pid)),
      );
      expect(evidence.every(({ answer }) => answer.ok)).toBe(true);
    });

    it('a root of its own, by chroot', async () => {
      const root = join(folder, 'root');
      mkdirSync(root);
      const mounts = ['bin', 'usr', 'lib', 'lib64', 'dev', 'proc', 'sys'].filter((name) =>
        existsSync(`/${name}`),
      );
      const binds = mounts
        .map((name) => `mkdir -p "$1/${name}" && mount --rbind /${name} "$1/${name}"`)
        .join(' && ');
      const { trouble, evidence } = await asked(
        sessionBy(`unshare --mount sh -c '${binds} && exec chroot "$1" sh' sh ${root}`),
      );
      expect(trouble).toBeNull();
      expect(evidence.every(({ answer }) => answer.ok)).toBe(true);
    });
  },
);

it.each([
  ['false', 'false ended with status 1 before the script did, without a word: it has to start a sh'],
  ['sh -c "cat >/dev/null; echo no such pod >&2; exit 3"', 'and said "no such pod"'],
  ['no-such-program {host}', 'no-such-program: there is no such program'],
  ['sh -c "kill -9 $$"', 'sh ended by signal SIGKILL'],
])('%s is told', async (command, message) => {
  const { reached } = await asked(sessionBy(command));
  expect(reached).toMatchObject({ ok: false, problem: 'failed', reason: expect.stringContaining(message) });
});

it('tells that a terminal is in between, which ends lines with a carriage return', async () => {
  const { reached } = await asked(sessionBy(String.raw`sh -c 'sh | sed "s/$/\r/"'`));
  expect(reached).toMatchObject({ ok: false, reason: expect.stringContaining('leave out its -t') });
});

it('lets the command clean up after its sh has ended', async () => {
  const file = join(folder, 'cleaned');
  await asked(sessionBy(`sh -c 'sh; sleep 0.2; echo gone >${file}'`));
  expect(readFileSync(file, 'utf8')).toBe('gone\n');
});

it('ends with the time that it has, and asks the command to end first', async () => {
  const file = join(folder, 'ended');
  const command = `sh -c 'trap "echo asked >${file}; exit" TERM; sleep 60 & wait'`;
  const ending = await runIn(sessionBy(command), 'sh', { signal: AbortSignal.timeout(300) });
  expect(ending.status).toBeNull();
  expect(ending.lost).not.toBeNull();
  expect(readFileSync(file, 'utf8')).toBe('asked\n');
});
