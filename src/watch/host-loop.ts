/** The loop on a host that is watched, from its beginning to its end: one channel of a connection. */
import { randomBytes } from 'node:crypto';
import type { Become } from '../model.ts';
import { pacedCommand, tickLoop } from '../transports/script/tick-loop.ts';
import type { Ending, Session } from '../transports/session.ts';
import { inputQueue } from './input-queue.ts';
import { type HostSample, sampleOf } from './samples.ts';
import { readNamespaceListing, type WatchedNamespace } from './targets.ts';
import { type LoopEvent, tickStream } from './tick-stream.ts';

/** An event that a loop reports of a host while it runs. */
export type LoopReport =
  /** Sets what is watched from now on. */
  { kind: 'namespaces'; namespaces: WatchedNamespace[] } | { kind: 'tick'; sample: HostSample };

export interface LoopOptions {
  session: Session;
  become: Become | null;
  /** The password for sudo; null: it is asked not to want one. */
  becomePassword: string | null;
  namespaces: 'all' | 'init';
  /** The paths of namespaces that get a process of ours. */
  toHold: readonly string[];
  /** Tells whether it is time to ask the host anew, with these namespaces. */
  isToBeAsked(namespaces: readonly WatchedNamespace[]): boolean;
  onReport(report: LoopReport): void;
  /** Ends it at once. */
  signal: AbortSignal;
}

/** The end of a loop; `holds`: another one has to hold other namespaces; `ask`: the host is to be asked anew. */
export type LoopEnd =
  | { kind: 'done' }
  | { kind: 'lost'; reason: string; cause: 'connection' | 'command' | 'silence' | 'nonsense' }
  | { kind: 'holds'; paths: string[] }
  | { kind: 'ask' };

export interface HostLoop {
  /** Asks for a tick, unless the last one was not answered yet. */
  tick(): void;
  end(): void;
  ended: Promise<LoopEnd>;
}

/** Milliseconds between two lists of the namespaces, and those in which a host has to answer. */
const LIST_EVERY = 10_000;
const ANSWER_WITHIN = 20_000;

export function beginLoop(options: LoopOptions): HostLoop {
  const { session, become, becomePassword, namespaces, toHold, onReport, signal } = options;
  const boundary = `twlint-${randomBytes(16).toString('hex')}`;
  const input = inputQueue();
  const held = new Map<string, number>();
  const began = new Map<number, string>();
  /** The namespaces that each tick was asked of, where it is not answered yet. */
  const asked: (readonly WatchedNamespace[])[] = [];
  let watched: WatchedNamespace[] = [];
  let isReady = false;
  let hasTicked = false;
  let waitingSince: number | null = Date.now();
  let listedAt = 0;
  let ended: LoopEnd | null = null;

  /** A host that hangs never ends its command: it is waited for no longer. */
  let giveUp = (_: LoopEnd) => {};
  const hung = new Promise<LoopEnd>((resolve) => {
    giveUp = resolve;
  });
  const finish = (how: LoopEnd) => {
    ended ??= how;
    input.end();
    if (ended.kind === 'lost') giveUp(ended);
  };
  const list = () => {
    listedAt = Date.now();
    waitingSince ??= listedAt;
    input.push('namespaces\n');
  };
  const watch = (listing: string) => {
    const read = readNamespaceListing(listing, held);
    if (!read.ok) watched = [{ inode: '0', name: 'init', pid: 'own' }];
    else if (namespaces === 'init') watched = read.value.namespaces.filter(({ pid }) => pid === 'own');
    else {
      const { toHold: paths } = read.value;
      // where namespaces come and go all the time, there is at least a tick between two beginnings
      if (hasTicked && paths.join('\n') !== toHold.join('\n')) return finish({ kind: 'holds', paths });
      watched = read.value.namespaces;
    }
    // a process that is gone makes room for another with its number
    const pids = new Set(watched.map(({ pid }) => pid));
    for (const pid of began.keys()) if (!pids.has(pid)) began.delete(pid);
    onReport({ kind: 'namespaces', namespaces: watched });
    if (hasTicked && options.isToBeAsked(watched)) finish({ kind: 'ask' });
  };
  /** The next list tells what is left of a namespace without that process. */
  const forget = (gone: readonly WatchedNamespace[]) => {
    const pids = new Set(gone.map(({ pid }) => pid));
    watched = watched.map((one) => (pids.has(one.pid) ? { ...one, pid: null } : one));
    for (const pid of pids) if (typeof pid === 'number') began.delete(pid);
    listedAt = 0;
  };
  const onLoopEvent = (event: LoopEvent) => {
    if (ended !== null) return;
    switch (event.kind) {
      case 'ready':
        isReady = true;
        if (held.size === toHold.length) list();
        return;
      case 'held':
        held.set(event.path, event.pid);
        if (isReady && held.size === toHold.length) list();
        return;
      case 'namespaces':
        if (asked.length === 0) waitingSince = null;
        return watch(event.text);
      case 'tick': {
        const of = asked.shift();
        if (of === undefined) return;
        waitingSince = null;
        hasTicked = true;
        const { sample, replaced } = sampleOf(event.files, of, began);
        if (replaced.length > 0) forget(replaced);
        return onReport({ kind: 'tick', sample });
      }
    }
  };
  const stream = tickStream(boundary, onLoopEvent);
  const withPassword = becomePassword !== null && become === 'sudo';
  if (withPassword) input.push(`${becomePassword}\n`);
  input.push(tickLoop(boundary, namespaces, toHold));
  const take = (chunk: Buffer) => (stream.take(chunk) ? 'more' : 'stop');
  const running = session.run(pacedCommand({ become, withPassword }), input, take, signal);
  return {
    tick() {
      const now = Date.now();
      if (waitingSince !== null && now - waitingSince > ANSWER_WITHIN)
        return finish({
          kind: 'lost',
          reason: `it has not answered for ${ANSWER_WITHIN / 1000} s`,
          cause: 'silence',
        });
      if (waitingSince !== null || watched.length === 0) return;
      if (now - listedAt >= LIST_EVERY) list();
      waitingSince = now;
      asked.push(watched);
      input.push(`${watched.flatMap(({ pid }) => (typeof pid === 'number' ? pid : [])).join(' ')}\n`);
    },
    end: () => finish({ kind: 'done' }),
    ended: Promise.race([
      hung,
      running.then((ending): LoopEnd => {
        input.end();
        const refusal = stream.refusal();
        if (refusal !== null) return { kind: 'lost', reason: refusal, cause: 'nonsense' };
        const cause = ending.broken ? 'connection' : 'command';
        return ended ?? { kind: 'lost', reason: whyEnded(ending), cause };
      }),
    ]),
  };
}

function whyEnded({ lost, status, signal, stderr }: Ending): string {
  if (lost !== null) return lost;
  const how = signal === null ? `with status ${status}` : `by signal ${signal}`;
  const said = stderr.trim().split('\n')[0] ?? '';
  return `its sh ended ${how}${said === '' ? '' : `, and said "${said.slice(0, 300)}"`}`;
}
