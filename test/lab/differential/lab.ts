/** The router of layout.ts and the programs at both ends of its cables. */
import { type ChildProcessWithoutNullStreams, execFileSync, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { runChild } from '../../../src/transports/child.ts';
import type { Open } from '../../../src/transports/session.ts';
import { DEVICES, layout, macOf, type RouterKind } from './layout.ts';
import type { SentPacket } from './packet.ts';

/** A packet at the end of its way: out by an interface of the router, or with the router's own sockets. */
export interface SeenPacket
  extends Pick<SentPacket, 'id' | 'source' | 'sourcePort' | 'destination' | 'destinationPort'> {
  at: string;
}

export interface Lab {
  kind: RouterKind;
  /** Runs sh in the router; throws with its standard error where it fails. */
  router(script: string): Promise<string>;
  /** Opens a session with the router, as an audit of this machine does. */
  open: Open;
  /** Sends packets; returns the ids of those that no socket of the router could send. */
  send(packets: readonly SentPacket[]): Promise<number[]>;
  /** What has arrived since the last time. */
  seen(): Promise<SeenPacket[]>;
  close(): void;
}

const PATH = `${process.env.PATH}:/usr/sbin:/sbin`;
let opened = 0;

export async function openLab(kind: RouterKind): Promise<Lab> {
  const name = `twd-${process.pid}-${opened++}`;
  const [router, outside] = [`${name}-r`, `${name}-o`];
  const remove = () => {
    for (const namespace of [router, outside])
      execFileSync('sh', ['-c', `ip netns del ${namespace} 2>/dev/null || :`], { env: { PATH } });
  };
  remove();
  try {
    execFileSync('sh', ['-ec', layout(kind, router, outside)], { env: { PATH } });
  } catch (error) {
    remove();
    throw error;
  }
  const shell = lineShell(router);
  const inside = wire(router, []);
  const beyond = wire(
    outside,
    DEVICES.map((device) => `${device}=${macOf(device)}`),
  );
  const both = async <T>(ask: (end: typeof inside, own: boolean) => Promise<unknown>) =>
    (await Promise.all([ask(inside, true), ask(beyond, false)])) as [T, T];
  return {
    kind,
    router: shell.run,
    open: async () => ({
      ok: true,
      value: {
        run: (command, ...rest) =>
          runChild(
            { path: 'ip', args: ['netns', 'exec', router, 'sh', '-c', command], env: { PATH } },
            ...rest,
          ),
        close: () => {},
      },
    }),
    send: async (packets) => {
      const answers = await both<{ unsent: number[] }>((end, own) =>
        end.ask({ send: packets.filter((packet) => (packet.in === '') === own) }),
      );
      return answers.flatMap(({ unsent }) => unsent);
    },
    seen: async () =>
      (await both<{ seen: SeenPacket[] }>((end) => end.ask({ seen: true }))).flatMap(({ seen }) => seen),
    close: () => {
      for (const { process } of [shell, inside, beyond]) process.kill();
      remove();
    },
  };
}

function wire(namespace: string, args: string[]) {
  const script = join(import.meta.dirname, 'wire.py');
  const process = spawn('ip', ['netns', 'exec', namespace, 'python3', script, ...args], { env: { PATH } });
  process.stderr.pipe(globalThis.process.stderr);
  const lines = createInterface({ input: process.stdout })[Symbol.asyncIterator]();
  const ask = async (request: object): Promise<unknown> => {
    process.stdin.write(`${JSON.stringify(request)}\n`);
    const { value, done } = await lines.next();
    if (done) throw new Error(`the wire in ${namespace} broke`);
    return JSON.parse(value);
  };
  return { process, ask };
}

const END = '--twlint-end--';

/** One shell for all scripts: starting one for each would be most of the work. */
function lineShell(namespace: string): { process: ChildProcessWithoutNullStreams; run: Lab['router'] } {
  const process = spawn('ip', ['netns', 'exec', namespace, 'sh'], { env: { PATH } });
  const lines = createInterface({ input: process.stdout })[Symbol.asyncIterator]();
  let complaints = '';
  process.stderr.on('data', (chunk) => {
    complaints += chunk;
  });
  const run = async (script: string) => {
    complaints = '';
    process.stdin.write(`( set -e\n${script}\n)\necho "\n${END} $?"\n`);
    let text = '';
    for (;;) {
      const { value, done } = await lines.next();
      if (done) throw new Error(`the shell in ${namespace} ended`);
      if (!value.startsWith(END)) text += `${value}\n`;
      else if (value === `${END} 0`) return text.replace(/\n$/, '');
      else throw new Error(`${complaints}\n${script}`);
    }
  };
  return { process, run };
}
