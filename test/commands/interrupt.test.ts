import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import type { Log } from 'sarif';
import { describe, expect, it } from 'vitest';
import { describeWhere } from '../needs.ts';
import { temporaryFolder } from '../temporary.ts';
import { PROGRAM } from '../twlint.ts';

it('an interrupted audit writes what it has, says so, and exits with 130', async () => {
  const folder = temporaryFolder('interrupt');
  // takes connections and never says a word
  const silent = createServer().listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const { port } = silent.address() as AddressInfo;
  writeFileSync(
    join(folder, 'hosts.yaml'),
    `hosts:\n  here: { ansible_connection: local }\n  silent: { ansible_host: 127.0.0.1, ansible_port: ${port} }\n`,
  );
  const args = [
    'audit',
    '-i',
    'hosts.yaml',
    '--concurrency',
    '1',
    '-o',
    'text',
    '-o',
    'sarif:out.sarif',
    '--rule',
    'TW003',
  ];
  const audit = spawn(process.execPath, [PROGRAM, ...args], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  audit.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  try {
    await once(silent, 'connection');
    audit.kill('SIGINT');
    const [status] = (await once(audit, 'close')) as [number];
    expect(status).toBe(130);
    expect(text).toMatch(/^Interrupted: this report is incomplete/);
    expect(text).toMatch(/silent .*\n {4}unreachable: interrupted by the user/);
    const { invocations } = (JSON.parse(readFileSync(join(folder, 'out.sarif'), 'utf8')) as Log).runs[0]!;
    expect(invocations![0]!.executionSuccessful).toBe(false);
  } finally {
    audit.kill('SIGKILL');
    silent.close();
  }
});

const SIGNALS = [
  ['SIGINT', 130, 'interrupted by the user'],
  ['SIGTERM', 143, 'interrupted: somebody ended twlint (SIGTERM)'],
  ['SIGHUP', 129, 'interrupted: the terminal of twlint was closed (SIGHUP)'],
] as const;

type Signal = (typeof SIGNALS)[number][0];

/** A folder with an inventory of one host, which takes connections and never says a word. */
async function withSilentHost<T>(
  work: (folder: string, connected: Promise<unknown>) => Promise<T>,
): Promise<T> {
  const folder = temporaryFolder('interrupt');
  const silent = createServer().listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const { port } = silent.address() as AddressInfo;
  writeFileSync(
    join(folder, 'hosts.yaml'),
    `hosts:\n  silent: { ansible_host: 127.0.0.1, ansible_port: ${port} }\n`,
  );
  try {
    return await work(folder, once(silent, 'connection'));
  } finally {
    silent.close();
  }
}

/** What a command says and ends with that gets a signal as soon as it is connected to the host. */
const interrupted = (args: readonly string[], signal: Signal) =>
  withSilentHost(async (folder, connected) => {
    const child = spawn(process.execPath, [PROGRAM, ...args, '-i', 'hosts.yaml'], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const said = { out: '', err: '' };
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      said.out += chunk;
    });
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      said.err += chunk;
    });
    try {
      await connected;
      child.kill(signal);
      const [status, endedBy] = (await once(child, 'close')) as [number | null, string | null];
      const snapshot = join(folder, 'snapshot/manifest.json');
      const kept = existsSync(snapshot) ? readFileSync(snapshot, 'utf8') : '';
      return { ...said, status, endedBy, kept };
    } finally {
      child.kill('SIGKILL');
    }
  });

/** Each command that asks hosts, and how it marks what it has. */
const COMMANDS: [command: string, says: RegExp][] = [
  ['audit --format sarif', /"executionSuccessful": false/],
  ['collect -o snapshot', /"interrupted": true/],
  ['facts --interval 10m', /"reason":\s*"interrupted/],
  ['audit --interval 10m --format json', /"interrupted": true/],
  ['fix', /The run was interrupted: hosts are missing here/],
  ['fix --format ansible', /The run was interrupted: hosts are missing here/],
  ['doctor', /interrupted/],
  ['trace --src 10.0.0.1 --dst 10.0.0.2 --dport 1', /^$/],
];

describe.each(SIGNALS)('%s', (signal, status, words) => {
  const commands = signal === 'SIGINT' ? COMMANDS : COMMANDS.slice(0, 3);

  it.each(commands)(
    'of %s leaves what there is, marked, and the status that a shell knows',
    async (command, says) => {
      const run = await interrupted(command.split(' '), signal);
      expect(run).toMatchObject({ status, endedBy: null });
      expect(run.out + run.kept).toMatch(says);
      expect(run.err).toContain(`twlint: ${words}: what follows is not complete\n`);
    },
  );

  it('before a host is asked ends it at once', async () => {
    const child = spawn(process.execPath, [PROGRAM, 'audit', '-i', '-'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    let out = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      out += chunk;
    });
    try {
      await new Promise<void>((taken) => {
        // more than a pipe holds: it is being read
        child.stdin.write(`all:\n${'# nothing\n'.repeat(2 ** 16)}`, () => taken());
      });
      child.kill(signal);
      expect(await once(child, 'close')).toEqual([status, null]);
      expect(out).toBe('');
    } finally {
      child.kill('SIGKILL');
    }
  });
});

describeWhere({ programs: ['python3'] }, 'a terminal that is closed', () => {
  it('leaves the report that goes to a file', async () => {
    await withSilentHost(async (folder, connected) => {
      const terminal = join(import.meta.dirname, 'closed-terminal.py');
      const args = ['audit', '-i', 'hosts.yaml', '-o', 'text', '-o', 'sarif:out.sarif'];
      const child = spawn('python3', [terminal, process.execPath, PROGRAM, ...args], {
        cwd: folder,
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      let status = '';
      child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
        status += chunk;
      });
      try {
        await connected;
        child.stdin.write('close it\n');
        await once(child, 'close');
        // died of SIGHUP, which is 129 in the words of a shell
        expect(status).toBe('-1\n');
        expect(readFileSync(join(folder, 'out.sarif'), 'utf8')).toMatch(/"executionSuccessful": false/);
      } finally {
        child.kill('SIGKILL');
      }
    });
  });
});
