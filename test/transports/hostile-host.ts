/**
 * A host that means harm: a real SSH server that lets in, reads the collection script, and says whatever it likes. The
 * run is twlint's own, in a process whose memory is looked at afterwards.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type ssh2 from 'ssh2';
import { PROGRAM } from '../twlint.ts';
import { type Behaviour, startFakeHost } from './fake-host.ts';
import { scratchFolder } from './folder.ts';

/** Says something once it has read the script and knows its boundary. */
export type Answer = (channel: ssh2.ServerChannel, boundary: string, connection: ssh2.Connection) => void;

function saying(answer: Answer): Behaviour {
  return (connection) => {
    connection.on('authentication', (auth) =>
      auth.method === 'none' ? auth.reject(['publickey']) : auth.accept(),
    );
    connection.on('session', (accept) => {
      accept().on('exec', (acceptExec) => {
        const channel = acceptExec();
        channel.on('error', () => {});
        let script = '';
        channel.on('data', (chunk: Buffer) => {
          script += chunk.toString('latin1');
        });
        channel.on('end', () => answer(channel, /^ {2}B=(\S+) /m.exec(script)![1]!, connection));
      });
    });
  };
}

export const frame = (
  boundary: string,
  probe: string,
  namespace: string,
  text: string,
  status = 0,
  why = '',
) => `\n${boundary} < ${probe} ${namespace}\n${text}\n${boundary} ! ${status}\n${why}\n${boundary} >\n`;
export const end = (boundary: string) => `\n${boundary} .\n`;

/** Enough for an audit to believe that this is a host. */
export const host = (boundary: string, listed = '') =>
  [
    frame(boundary, 'kernel.release', '-', '3.10.0-514.el7.x86_64'),
    frame(boundary, 'kernel.uptime', '-', '10.0 10.0'),
    frame(boundary, 'kernel.hostname', '-', 'h'),
    frame(boundary, 'privilege.user', '-', '0\nroot'),
    frame(boundary, 'privilege.refusal', '-', ''),
    frame(
      boundary,
      'namespaces.list',
      '-',
      `init 4026531956\nown 4026531956\n${listed}unreadable 0\ncapped 0`,
    ),
  ].join('');

export const says =
  (text: (boundary: string) => string): Answer =>
  (channel, boundary) => {
    channel.write(text(boundary));
    channel.exit(0);
    channel.end();
  };

export interface Ran {
  status: number | null;
  stdout: string;
  stderr: string;
  seconds: number;
  /** Of the process at its largest, in MiB. */
  memory: number;
  folder: string;
}

/** Runs twlint against such a host. */
export async function run(answer: Answer, args: string[]): Promise<Ran> {
  const fake = await startFakeHost(saying(answer));
  const { port, identityFile, known } = fake.connecting();
  const folder = scratchFolder();
  writeFileSync(
    join(folder, 'hosts.ini'),
    `bad ansible_host=127.0.0.1 ansible_port=${port} ansible_user=me\n`,
  );
  writeFileSync(join(folder, 'known_hosts'), `${known!.join('\n')}\n`);
  mkdirSync(join(folder, 'work'));
  const report = join(folder, 'memory');
  const child = spawn(
    process.execPath,
    [
      '--import',
      `data:text/javascript,${encodeURIComponent(memoryReporter(report))}`,
      PROGRAM,
      ...args,
      '-i',
      '../hosts.ini',
      '-F',
      'none',
      '--key',
      identityFile!,
      '--known-hosts',
      '../known_hosts',
    ],
    { cwd: join(folder, 'work'), stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const begun = Date.now();
  const [stdout, stderr] = [kept(child.stdout), kept(child.stderr)];
  const status = await new Promise<number | null>((closed) => child.once('close', closed));
  return {
    status,
    stdout: stdout(),
    stderr: stderr(),
    seconds: (Date.now() - begun) / 1000,
    memory: Number(readFileSync(report, 'utf8')) / 1024,
    folder,
  };
}

/** getrusage's ru_maxrss, in KiB. */
const memoryReporter = (file: string) => `import { writeFileSync } from 'node:fs';
  process.on('exit', () => writeFileSync(${JSON.stringify(file)}, String(process.resourceUsage().maxRSS)));`;

function kept(stream: NodeJS.ReadableStream): () => string {
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  return () => Buffer.concat(chunks).toString('utf8');
}

/** Control characters but the line feed; invisible and direction-changing ones; separators. */
export const FORBIDDEN = /[^\P{Cc}\n]|[\p{Cf}\p{Zl}\p{Zp}]/u;
