import { spawn, spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Frame } from '../../src/transports/script/frames.ts';
import { installedScript } from '../../src/transports/script/installed-script.ts';
import { namespaceFunctions } from '../../src/transports/script/prelude.ts';
import {
  collectionScript,
  NO_PRINTF,
  type Questions,
  shellCommand,
} from '../../src/transports/script/script.ts';
import { describeWhere } from '../needs.ts';
import { temporaryFolder } from '../temporary.ts';
import { B, question, run, SHELLS } from './shells.ts';

const FINDING = question('namespaces.list', 'list_namespaces');

for (const { name, argv, programs } of SHELLS) {
  describeWhere({ programs }, `the collection script under ${name}`, () => {
    it('frames every answer with its status and its reason', async () => {
      const { frames, complete, noise, stderr } = await run(argv, {
        host: [
          question('a.plain', 'printf "one\\ntwo"'),
          question('a.nothing', 'true'),
          question('a.stdin', 'cat'),
          question('a.gone', 'absent "no such thing"'),
          question('a.barred', 'denied "not for you"'),
          question('a.toolless', 'tool no-such-tool'),
          question('a.failing', 'echo half; echo because >&2; exit 7'),
          question('a.chatty', 'seq 20000 >&2; echo all; exit 7'),
          question('a.chatty_and_right', 'seq 20000 >&2; echo all'),
          question('a.claiming', `echo "${B.slice(0, -1)} 0" >&2; exit 3`),
          question('a.forged', `printf "\\ntwlint-ffff < a.plain -\\nno\\n"`),
        ],
      });
      expect(stderr).toBe('');
      expect(complete).toBe(true);
      expect(noise).toBe('');
      expect(
        frames.map(({ probe, answer }) => [
          probe,
          answer.ok ? answer.value : `${answer.problem}: ${answer.reason}`,
        ]),
      ).toEqual([
        ['a.plain', 'one\ntwo'],
        ['a.nothing', ''],
        ['a.stdin', ''],
        ['a.gone', 'absent: no such thing'],
        ['a.barred', 'denied: not for you'],
        ['a.toolless', 'unsupported: no-such-tool is not installed'],
        ['a.failing', 'failed: because'],
        ['a.chatty', 'failed: 1'],
        ['a.chatty_and_right', 'all\n'],
        ['a.claiming', `failed: ${B.slice(0, -1)} 0`],
        ['a.forged', '\ntwlint-ffff < a.plain -\nno\n'],
      ]);
      const toolless = frames.find(({ probe }) => probe === 'a.toolless');
      expect(toolless?.answer).toMatchObject({ program: 'no-such-tool' });
    });

    it('is read in few pieces', async () => {
      const { answer } = await run(argv, {
        host: [
          question(
            'r.calls',
            'while read -r name calls; do [ "$name" != syscr: ] || echo "$calls"; done <"/proc/$$/io"',
          ),
        ],
        namespaces: 'init',
      });
      const calls = answer('r.calls');
      expect(Number(calls?.ok && calls.value)).toBeGreaterThan(0);
      expect(Number(calls?.ok && calls.value)).toBeLessThan(5000);
    });

    it('takes no more of the machine than it may', async () => {
      const { answer } = await run(argv, {
        host: [question('l.bounds', 'ulimit -c; ulimit -t; ulimit -v; ulimit -f')],
        namespaces: 'init',
      });
      // of files, in blocks of 512 or of 1024 bytes
      expect(answer('l.bounds')).toEqual({ ok: true, value: '0\n60\n1048576\n262144\n' });
    });

    it('asks the namespace it runs in, by its inode', async () => {
      const own = spawnSync('readlink', ['/proc/self/ns/net']).stdout.toString().replace(/\D/g, '');
      const { frames } = await run(argv, {
        netns: [question('n.proc', 'cat $PROC_NET/dev', false), question('n.inside', 'cat /proc/net/dev')],
        namespaces: 'init',
      });
      expect(frames.map(({ probe, namespace, answer }) => [probe, namespace, answer.ok])).toEqual([
        ['n.proc', own, true],
        ['n.inside', own, true],
      ]);
    });

    it('keeps the boundary out of every argument', async () => {
      const { answer } = await run(argv, {
        host: [question('a.ps', 'cat /proc/[0-9]*/cmdline 2>/dev/null | tr "\\0" " "')],
      });
      expect(answer('a.ps')).toMatchObject({ ok: true });
      expect(JSON.stringify(answer('a.ps'))).not.toContain(B);
    });
  });
}

describeWhere({ programs: ['mksh', 'strace'] }, 'a shell whose printf is a program', () => {
  it.each([
    ['runs nothing of the script', ['mksh']],
    [
      'runs nothing as root',
      ['mksh', '-c', shellCommand({ become: 'sudo', withPassword: false }).slice(7, -1)],
    ],
    [
      'is given no password',
      ['mksh', '-c', shellCommand({ become: 'sudo', withPassword: true }).slice(13, -1)],
    ],
  ])('%s, and shows no argument of it', (_, argv) => {
    const script = collectionScript({ host: [question('a.b', 'true')], netns: [], namespaces: 'init' }, B);
    const traced = ['-f', '-s', '4096', '-e', 'trace=execve', ...argv];
    const { status, stdout, stderr } = spawnSync('strace', traced, { input: script, encoding: 'utf8' });
    expect([status, stdout]).toEqual([NO_PRINTF, expect.stringMatching(/^\/.*\/mksh\n$/)]);
    // what it is given with -c is no argument of its own making
    expect(stderr.replaceAll(/^execve.*$/gm, '')).not.toMatch(/printf|sudo/);
    expect(stderr).not.toContain(B);
  });

  it('takes no small inode for that of a namespace, though it counts to 2^31 only', () => {
    const lines = ['11 /run/netns/stale', '4026532201 /run/netns/blue', '40265322011 /run/netns/no'];
    const listing = lines.map((line) => `echo "${line}"`).join('; ');
    const text = `${namespaceFunctions}
      count=0 capped=0 unreadable=0 CAP=9 INIT=4026531840
      { ${listing}; } | list_links`;
    for (const shell of ['mksh', 'sh', 'bash'])
      expect(spawnSync(shell, { input: text, encoding: 'utf8' }).stdout).toBe(
        'netns 4026532201 /run/netns/blue blue\nunreadable 0\ncapped 0\n',
      );
  });
});

for (const { name, argv, programs } of SHELLS) {
  describeWhere({ programs }, `a process whose namespace is not to be read, under ${name}`, () => {
    it.each([
      ['R', 4194560, false],
      ['S', 4, true],
      ['R', 4228364, true],
      ['D', 2147483656, false],
      ['Z', 0, true],
    ])('in state %s, with the flags %i, has ended: %s', (state, flags, has) => {
      const folder = temporaryFolder('process');
      writeFileSync(join(folder, 'stat'), `7 (a) b (c) ${state} 1 7 7 0 -1 ${flags} 100 0\n`);
      const input = `${namespaceFunctions}\nended ..${folder} && echo ended`;
      expect(spawnSync(argv[0]!, argv.slice(1), { input, encoding: 'utf8' }).stdout).toBe(
        has ? 'ended\n' : '',
      );
    });
  });
}

describeWhere({ root: true, programs: ['nsenter', 'setpriv', 'ip'] }, 'another network namespace', () => {
  const name = `twlint-test-${process.pid}`;
  const asked = {
    host: [FINDING],
    netns: [question('n.proc', 'cat $PROC_NET/dev', false), question('n.inside', 'cat /proc/net/dev')],
  };
  const inodeOf = (listed: Frame['answer'] | undefined) =>
    new RegExp(`^netns (\\d+) \\S+ ${name}$`, 'm').exec(listed?.ok ? listed.value : '')?.[1];

  beforeAll(() => {
    spawnSync('ip', ['netns', 'add', name]);
    spawnSync('ip', ['-n', name, 'link', 'add', 'inner0', 'type', 'bridge']);
  });
  afterAll(() => void spawnSync('ip', ['netns', 'del', name]));

  it('without a process is asked from inside, once', async () => {
    const { frames, answer } = await run(['sh'], asked);
    const there = frames.filter(({ namespace }) => namespace === inodeOf(answer('namespaces.list')));
    expect(there.map(({ probe, answer }) => [probe, answer.ok && answer.value.includes('inner0')])).toEqual([
      ['n.proc', true],
      ['n.inside', true],
    ]);
  });

  it('with a process is asked once', async () => {
    const inside = spawn('ip', ['netns', 'exec', name, 'sleep', '60'], { stdio: 'ignore' });
    try {
      const { frames, answer } = await run(['sh'], asked);
      const there = frames.filter(({ namespace }) => namespace === inodeOf(answer('namespaces.list')));
      expect(there).toHaveLength(2);
    } finally {
      inside.kill();
    }
  });

  it('that may not be entered says why', async () => {
    const { answer } = await run(
      ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', 'sh'],
      asked,
    );
    expect(answer('namespaces.enter')).toMatchObject({ ok: false, problem: 'denied' });
  });
});

describeWhere({ root: true, programs: ['sudo', 'useradd'] }, 'another user', () => {
  const command = shellCommand({ become: 'sudo', withPassword: false });
  const asked: Partial<Questions> = {
    namespaces: 'init',
    host: [question('p.user', 'id -u'), question('p.refusal', 'printf "%s\\n" "$TWLINT_REFUSED"')],
  };

  it('is root where sudo lets us', async () => {
    const { answer, complete } = await run(['sh', '-c', command], asked);
    expect(complete).toBe(true);
    expect([answer('p.user'), answer('p.refusal')]).toEqual([
      { ok: true, value: '0\n' },
      { ok: true, value: '\n' },
    ]);
  });

  it('is oneself where sudo refuses, and the refusal is evidence', async () => {
    const { answer, complete, frames } = await run(
      ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', 'sh', '-c', command],
      asked,
    );
    expect(complete).toBe(true);
    expect(frames).toHaveLength(2);
    expect(answer('p.user')).toEqual({ ok: true, value: '65534\n' });
    const refusal = answer('p.refusal');
    expect(refusal?.ok && refusal.value).toMatch(/sudo|password/);
  });
});

describe('the script', () => {
  it('holds no single quote inside its parts, so that a person can read it', () => {
    const script = collectionScript({ host: [FINDING], netns: [], namespaces: 'all' }, B);
    expect(script).not.toContain(`'\\''`);
  });

  it('runs nothing when it arrives cut off', () => {
    const folder = temporaryFolder('script');
    try {
      const script = collectionScript(
        { host: [question('a.b', `echo ran >${join(folder, 'ran')}`)], netns: [], namespaces: 'init' },
        B,
      );
      for (const part of [0.3, 0.6, 0.9, 0.99]) {
        const cut = script.slice(0, Math.floor((script.length - 'twlint\n'.length) * part));
        expect(spawnSync('sh', { input: cut }).stdout.toString()).not.toContain(B);
      }
      writeFileSync(join(folder, 'control'), '');
      expect(spawnSync('ls', [folder]).stdout.toString()).toBe('control\n');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('takes no more of the machine than it may, while it waits to be asked', {
    timeout: 30_000,
  }, async () => {
    const questions = { host: [FINDING], netns: [], namespaces: 'all' as const };
    const file = join(temporaryFolder('installed'), 'twlint-collect');
    writeFileSync(file, installedScript(questions, '1.0.0', file));
    const waiting = spawn('sh', [file], { stdio: ['pipe', 'ignore', 'ignore'] });
    const ended = new Promise((resolve) => waiting.on('close', resolve));
    try {
      await vi.waitFor(() => {
        const limits = readFileSync(`/proc/${waiting.pid}/limits`, 'utf8');
        expect(limits).toMatch(/^Max address space +1073741824 /m);
        expect(limits).toMatch(/^Max cpu time +60 /m);
      }, 10_000);
    } finally {
      waiting.kill();
      await ended;
    }
  });
});
