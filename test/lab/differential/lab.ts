/** The router of layout.ts and the programs at both ends of its cables. */
import { type ChildProcessWithoutNullStreams, execFileSync, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { runChild } from '../../../src/transports/child.ts';
import type { Open } from '../../../src/transports/session.ts';
import { type Machine, thisMachine } from '../../rules/hosts.ts';
import { DEVICES, layout, macOf, type RouterKind } from './layout.ts';
import type { SentPacket } from './packet.ts';

/** A packet at the end of its way: out by an interface of the router, or with the router's own sockets. */
export interface SeenPacket
  extends Pick<SentPacket, 'id' | 'source' | 'sourcePort' | 'destination' | 'destinationPort'> {
  at: string;
}

/** The programs that a lab needs. */
export const PROGRAMS = [
  'ip',
  'iptables-legacy-restore',
  'iptables-nft-restore',
  'nft',
  'ipset',
  'conntrack',
  'sysctl',
  'python3',
];

export interface Lab {
  kind: RouterKind;
  /** The milliseconds after which what has come is looked at, until it fits: later, nothing comes any more. */
  patience: readonly number[];
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

/** Packets within this machine are there at once, unless it is busy. */
const PATIENCE: Lab['patience'] = [0, 200];

/** @param machine the one whose kernel is asked: it shows the same files as this one */
export async function openLab(kind: RouterKind, machine = thisMachine, patience = PATIENCE): Promise<Lab> {
  const name = `twd-${process.pid}-${opened++}`;
  const [router, outside] = [`${name}-r`, `${name}-o`];
  const remove = () => {
    for (const namespace of [router, outside])
      runNow(machine, ['sh', '-c', `ip netns del ${namespace} 2>/dev/null || :`]);
  };
  remove();
  try {
    runNow(machine, ['sh', '-ec', layout(kind, router, outside)]);
  } catch (error) {
    remove();
    throw error;
  }
  const within = (namespace: string) => (words: readonly string[]) =>
    machine(['ip', 'netns', 'exec', namespace, ...words]);
  const shell = lineShell(within(router));
  const inside = wire(within(router), []);
  const beyond = wire(
    within(outside),
    DEVICES.map((device) => `${device}=${macOf(device)}`),
  );
  const both = async <T>(ask: (end: typeof inside, own: boolean) => Promise<unknown>) =>
    (await Promise.all([ask(inside, true), ask(beyond, false)])) as [T, T];
  return {
    kind,
    patience,
    router: shell.run,
    open: async () => ({
      ok: true,
      value: {
        run: (command, ...rest) =>
          runChild({ ...within(router)(['sh', '-c', command]), env: { PATH } }, ...rest),
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

function wire(within: Machine, args: string[]) {
  const script = join(import.meta.dirname, 'wire.py');
  const process = begun(within, ['python3', script, ...args]);
  process.stderr.pipe(globalThis.process.stderr);
  const lines = createInterface({ input: process.stdout })[Symbol.asyncIterator]();
  const ask = async (request: object): Promise<unknown> => {
    process.stdin.write(`${JSON.stringify(request)}\n`);
    const { value, done } = await lines.next();
    if (done) throw new Error(`the wire ${args.join(' ')} broke`);
    return JSON.parse(value);
  };
  return { process, ask };
}

function runNow(machine: Machine, words: readonly string[]): void {
  const { path, args } = machine(words);
  execFileSync(path, args, { env: { PATH } });
}

function begun(machine: Machine, words: readonly string[]): ChildProcessWithoutNullStreams {
  const { path, args } = machine(words);
  return spawn(path, args, { env: { PATH } });
}

const END = '--twlint-end--';

/** One shell for all scripts: starting one for each would be most of the work. */
function lineShell(within: Machine): { process: ChildProcessWithoutNullStreams; run: Lab['router'] } {
  const process = begun(within, ['sh']);
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
      if (done) throw new Error('the shell of the router ended');
      if (!value.startsWith(END)) text += `${value}\n`;
      else if (value === `${END} 0`) return text.replace(/\n$/, '');
      else throw new Error(`${complaints}\n${script}`);
    }
  };
  return { process, run };
}
