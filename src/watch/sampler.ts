/** Asks one host for its counters, tick by tick, in one channel of a connection that is there already. */
import { randomBytes } from 'node:crypto';
import type { Become } from '../model.ts';
import { pacedCommand, tickLoop } from '../transports/script/tick-loop.ts';
import type { Ending, Session } from '../transports/session.ts';
import { inputQueue } from './input-queue.ts';
import { type HostSample, sampleOf } from './samples.ts';
import { readNamespaceListing, type WatchedNamespace } from './targets.ts';
import { type LoopEvent, tickStream } from './tick-stream.ts';

export type SamplerEvent =
  /** Sets what is watched from now on. */
  | { kind: 'namespaces'; namespaces: WatchedNamespace[] }
  | { kind: 'tick'; at: number; sample: HostSample; replaced: WatchedNamespace[] }
  /** The host is asked no more. */
  | { kind: 'lost'; reason: string };

export interface SamplerOptions {
  session: Session;
  become: Become | null;
  /** The password for sudo; null: it is asked not to want one. */
  becomePassword: string | null;
  namespaces: 'all' | 'init';
  /** The namespaces as the host listed them before; empty where it did not. */
  listed: string;
  onEvent(event: SamplerEvent): void;
}

export interface Sampler {
  /** Asks for a tick, unless the last one was not answered yet. */
  tick(): void;
  /** Ends the loop on the host; resolves when it has ended, or has had its time for that. */
  end(): Promise<void>;
}

/** Milliseconds between two lists of the namespaces, and those in which a host has to answer. */
const LIST_EVERY = 10_000;
const ANSWER_WITHIN = 20_000;
const END_WITHIN = 3000;

export function startSampler(options: SamplerOptions): Sampler {
  const { onEvent, namespaces } = options;
  const stop = new AbortController();
  const first = readNamespaceListing(options.listed, new Map());
  let toHold = namespaces === 'all' && first.ok ? first.value.toHold : [];
  let isOver = false;
  let current: Loop | null = null;

  const lose = (reason: string) => {
    if (isOver) return;
    isOver = true;
    onEvent({ kind: 'lost', reason });
  };
  const run = async () => {
    for (let isAgain = true; isAgain && !isOver; ) {
      const loop: Loop = beginLoop(options, toHold, stop.signal);
      current = loop;
      const ended = await loop.ended;
      if (ended.kind === 'lost') lose(ended.reason);
      isAgain = ended.kind === 'holds';
      if (ended.kind === 'holds') toHold = ended.paths;
    }
  };
  const done = run();
  return {
    tick() {
      if (!isOver) current?.tick();
    },
    async end() {
      isOver = true;
      current?.end();
      const late = setTimeout(() => stop.abort(new Error('it was ended')), END_WITHIN);
      await done;
      clearTimeout(late);
    },
  };

  interface Loop {
    tick(): void;
    end(): void;
    ended: Promise<Ended>;
  }
}

/** The end of a loop; `holds`: another one has to hold other namespaces. */
type Ended = { kind: 'done' } | { kind: 'lost'; reason: string } | { kind: 'holds'; paths: string[] };

function beginLoop(
  { session, become, becomePassword, namespaces, onEvent }: SamplerOptions,
  toHold: readonly string[],
  signal: AbortSignal,
) {
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
  let ended: Ended | null = null;

  const finish = (how: Ended) => {
    ended ??= how;
    input.end();
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
    onEvent({ kind: 'namespaces', namespaces: watched });
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
        return onEvent({ kind: 'tick', at: Date.now(), sample, replaced });
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
        return finish({ kind: 'lost', reason: `it has not answered for ${ANSWER_WITHIN / 1000} s` });
      if (waitingSince !== null || watched.length === 0) return;
      if (now - listedAt >= LIST_EVERY) list();
      waitingSince = now;
      asked.push(watched);
      input.push(`${watched.flatMap(({ pid }) => (typeof pid === 'number' ? pid : [])).join(' ')}\n`);
    },
    end: () => finish({ kind: 'done' }),
    ended: running.then((ending): Ended => {
      input.end();
      return ended ?? { kind: 'lost', reason: stream.refusal() ?? whyEnded(ending) };
    }),
  };
}

function whyEnded({ lost, status, signal, stderr }: Ending): string {
  if (lost !== null) return lost;
  const how = signal === null ? `with status ${status}` : `by signal ${signal}`;
  const said = stderr.trim().split('\n')[0] ?? '';
  return `its sh ended ${how}${said === '' ? '' : `, and said "${said.slice(0, 300)}"`}`;
}
