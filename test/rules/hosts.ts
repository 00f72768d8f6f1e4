/** The hosts of proofs: network, mount, process and host-name namespaces of a machine's kernel. */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { collectFleet } from '../../src/collect/fleet.ts';
import { planFor } from '../../src/collect/plan.ts';
import { collectors } from '../../src/collectors/index.ts';
import { REMEDY_FACTS } from '../../src/evaluate/remedies/remedies.ts';
import { neededFacts } from '../../src/evaluate/rules/rules.ts';
import type { HostEvidence, Target } from '../../src/model.ts';
import { runChild } from '../../src/transports/child.ts';
import type { Session } from '../../src/transports/session.ts';
import { FOLDER } from './proof.ts';
import { rules } from './seen.ts';

/** A program and its arguments, to be started here. */
interface Command {
  path: string;
  args: string[];
}

/** Says how a command is begun on the machine whose kernel the hosts have: it shows the same files as this one. */
export type Machine = (words: readonly string[]) => Command;

export const thisMachine: Machine = ([path, ...args]) => ({ path: path!, args });

export interface LabHost {
  name: string;
  /** Says how a command is begun within it. */
  within: Machine;
  /** Runs a script, with the functions of shell.sh. */
  run(script: string): Promise<Ran>;
  stop(): void;
}

/** The ending of a script. */
export interface Ran {
  status: number;
  /** What it printed, on both streams. */
  said: string;
}

/** The milliseconds between two samples: what is to grow does so meanwhile. */
const INTERVAL = 1000;

/** Begins a host. `files`: the folder that its scripts know as `$FILES`. */
export async function startHost(name: string, files: string, machine = thisMachine): Promise<LabHost> {
  const first = begin(machine(['sh', '-c', BEGIN, 'sh', join(FOLDER, 'host.sh'), name]));
  let isOver = false;
  first.once('exit', () => {
    isOver = true;
  });
  const pid = await ready(first, name);
  const lead = ['-t', pid, '--root', '--net', '--mount', '--uts', `--pid=/proc/${pid}/ns/pid_for_children`];
  const within: Machine = (words) => machine(['nsenter', ...lead, ...words]);
  const known = [
    `FILES=${files}`,
    `TRAFFIC=${join(FOLDER, 'traffic.py')}`,
    `OLD_KEY=${join(FOLDER, 'old-key.py')}`,
  ];
  const shell = (script: string) => ['sh', '-c', `. "${join(FOLDER, 'shell.sh')}"\n${script}`];
  return {
    name,
    within,
    run: (script) => ended(begin(within(['env', ...known, ...shell(script)]))),
    stop() {
      // once it has ended, its number may be another process's
      if (isOver) return;
      isOver = true;
      begin(machine(['kill', '-KILL', pid]));
    },
  };
}

/** The first process of a host is unshare's child, whose process namespace leads to it. */
const BEGIN =
  'echo "PID $$"; exec unshare --net --mount --uts --pid --fork --mount-proc --kill-child sh "$@"';

const begin = ({ path, args }: Command): ChildProcess =>
  spawn(path, args, { stdio: ['ignore', 'pipe', 'pipe'] });

/** Resolves with the number of its process once it says READY; fails with what it said otherwise. */
function ready(child: ChildProcess, name: string): Promise<string> {
  return new Promise((done, fail) => {
    let said = '';
    let pid = '';
    child.stderr!.on('data', (text) => {
      said += text;
    });
    createInterface({ input: child.stdout! }).on('line', (line) => {
      pid = /^PID (\d+)$/.exec(line)?.[1] ?? pid;
      if (line === 'READY') done(pid);
    });
    child.once('error', fail);
    child.once('exit', () => fail(new Error(`${name} did not come up: ${said}`)));
  });
}

/** Resolves with how a program ended: what it started in the background may go on. */
function ended(child: ChildProcess): Promise<Ran> {
  return new Promise((done, fail) => {
    let said = '';
    for (const stream of [child.stdout!, child.stderr!])
      stream.on('data', (text) => {
        said += text;
      });
    child.once('error', fail);
    child.once('close', (status) => done({ status: status ?? -1, said: said.trim() }));
  });
}

const plan = planFor([...neededFacts(rules), ...REMEDY_FACTS], collectors, 'all');

/** Asks a host all that the rules need; twice where something grows, which it does in between. */
export async function lookAt(host: LabHost, growing: string): Promise<HostEvidence> {
  const target: Target = {
    host: { name: host.name, source: { file: 'proofs', line: 1, column: 1 }, groups: [], vars: {} },
    connection: { kind: 'local', become: null },
  };
  const { hosts } = await collectFleet([target], {
    plan,
    open: async () => ({ ok: true, value: sessionWith(host, growing) }),
    interval: growing === '' ? null : INTERVAL,
    timeout: 120_000,
    retries: 0,
    becomePassword: null,
    identity: '',
    onCheck: () => {},
    concurrency: 1,
    maxFailures: null,
    stop: new AbortController().signal,
    progress: { begun: () => {}, done: () => {} },
    take: (host) => host,
  });
  return hosts[0]!;
}

/** A session whose first command is followed by what grows, and whose second one waits for its end. */
function sessionWith(host: LabHost, growing: string): Session {
  let grown: Promise<unknown> | null = null;
  return {
    async run(command, ...rest) {
      await grown;
      const ending = await runChild(host.within(['/bin/sh', '-c', command]), ...rest);
      grown = growing === '' ? null : host.run(growing);
      return ending;
    },
    close: () => {},
  };
}
