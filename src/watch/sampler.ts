/** Watches one host over the connection that is there, and over others where there is none, or that one is lost. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { AskedAnew } from '../collect/again.ts';
import type { Answer, Become, HostEvidence } from '../model.ts';
import type { Session } from '../transports/session.ts';
import { beginLoop, type HostLoop, type LoopEnd, type LoopReport } from './host-loop.ts';
import { namespaceKey, readNamespaceListing, type WatchedNamespace } from './targets.ts';

export type SamplerEvent =
  | LoopReport
  /** The host is not seen; final: it is not connected again. */
  | { kind: 'lost'; reason: string; isFinal: boolean }
  /** It was asked anew: because of new namespaces, or because it had not been seen. */
  | { kind: 'asked'; evidence: HostEvidence };

export interface SamplerOptions {
  /** Where there is none, the reason. */
  session: Answer<Session>;
  become: Become | null;
  /** The password for sudo; null: it is asked not to want one. */
  becomePassword: string | null;
  namespaces: 'all' | 'init';
  /** The namespaces as the host listed them before; empty where it did not. */
  listed: string;
  /** Asks it anew, over its connection or (null) another one; null: one that is not seen stays so. */
  askAnew: ((session: Session | null, signal: AbortSignal) => Promise<AskedAnew>) | null;
  /** True where it has an installed script, beside which there may be no shell. */
  isInstalled: boolean;
  onEvent(event: SamplerEvent): void;
}

export interface Sampler {
  /** Asks for a tick, unless the last one was not answered yet. */
  tick(): void;
  /** Ends the loop on the host; resolves when it has ended, or has had its time for that. */
  end(): Promise<void>;
}

const END_WITHIN = 3000;

/** Milliseconds before a host that is not seen is connected again; twice as many each time, up to the most. */
const FIRST_WAIT = 1000;
const MOST_WAIT = 30_000;

/**
 * Milliseconds between two times that a host is asked anew because of new namespaces; twice as many each time, up to the
 * most: where containers come and go, asking costs more than watching.
 */
const FIRST_ASKING = 10_000;
const MOST_ASKING = 300_000;

export function startSampler(options: SamplerOptions): Sampler {
  const { onEvent, namespaces, askAnew } = options;
  const over = new AbortController();
  const stop = new AbortController();
  let session: Session | null = options.session.ok ? options.session.value : null;
  let toHold: readonly string[] = [];
  let known: ReadonlySet<string> = new Set();
  let askEvery = FIRST_ASKING;
  let askAfter = 0;
  let wait = FIRST_WAIT;
  let hasAnswered = false;
  let seenSince = 0;
  let current: HostLoop | null = null;

  const tell = (event: SamplerEvent) => {
    if (!over.signal.aborted) onEvent(event);
  };
  const onReport = (report: LoopReport) => {
    hasAnswered = true;
    tell(report);
  };
  const learn = (listing: string) => {
    const read = readNamespaceListing(listing, new Map());
    toHold = namespaces === 'all' && read.ok ? read.value.toHold : [];
    known = new Set(read.ok ? read.value.namespaces.map(namespaceKey) : []);
  };
  const ask = async (): Promise<AskedAnew | null> => {
    const asked = (await askAnew?.(session, over.signal)) ?? null;
    session = asked?.session ?? null;
    if (asked === null || session === null) return asked;
    const { evidence } = asked;
    const list = evidence.evidence.find(({ probe }) => probe === 'namespaces.list')?.answer;
    learn(list?.ok ? list.value : '');
    tell({ kind: 'asked', evidence });
    return asked;
  };
  /** Returns whether there is a connection again. */
  const connectAgain = async (reason: string): Promise<boolean> => {
    session?.close();
    session = null;
    tell({ kind: 'lost', reason, isFinal: askAnew === null });
    if (askAnew === null) return false;
    if (Date.now() - seenSince > MOST_WAIT) wait = FIRST_WAIT;
    for (;;) {
      // at random, so that hosts that were lost together do not come back together
      await sleep(wait * (0.5 + Math.random() / 2), undefined, { signal: over.signal }).catch(() => {});
      wait = Math.min(2 * wait, MOST_WAIT);
      if (over.signal.aborted) return false;
      const asked = await ask();
      if (session !== null) return true;
      const { evidence, transient } = asked as AskedAnew;
      const why = evidence.reached.ok ? reason : evidence.reached.reason;
      tell({ kind: 'lost', reason: why, isFinal: !transient });
      if (!transient) return false;
    }
  };
  const isToBeAsked = (listed: readonly WatchedNamespace[]): boolean =>
    askAnew !== null && Date.now() >= askAfter && listed.some((one) => !known.has(namespaceKey(one)));
  const goOn = async (ended: LoopEnd): Promise<boolean> => {
    switch (ended.kind) {
      case 'done':
        return false;
      case 'holds':
        toHold = ended.paths;
        return true;
      case 'ask': {
        askAfter = Date.now() + askEvery;
        askEvery = Math.min(2 * askEvery, MOST_ASKING);
        const asked = await ask();
        if (session !== null) return true;
        const reached = asked?.evidence.reached;
        return connectAgain(reached?.ok === false ? reached.reason : 'the connection is no more');
      }
      case 'lost':
        // what never answered, or answers nonsense, would do so again
        if (ended.cause === 'connection' || (hasAnswered && ended.cause !== 'nonsense'))
          return connectAgain(ended.reason);
        tell({ kind: 'lost', reason: whyNever(ended, hasAnswered, options), isFinal: true });
        return false;
    }
  };
  const run = async () => {
    if (!options.session.ok) await connectAgain(options.session.reason);
    while (session !== null && !over.signal.aborted) {
      const { become, becomePassword } = options;
      const about = { session, become, becomePassword, namespaces, toHold };
      seenSince = Date.now();
      current = beginLoop({ ...about, isToBeAsked, onReport, signal: stop.signal });
      const ended = await current.ended;
      current = null;
      if (!(await goOn(ended))) break;
    }
    session?.close();
  };
  learn(options.listed);
  const done = run();
  return {
    tick() {
      current?.tick();
    },
    async end() {
      over.abort(new Error('it was ended'));
      current?.end();
      const late = setTimeout(() => stop.abort(new Error('it was ended')), END_WITHIN);
      await done;
      clearTimeout(late);
    },
  };
}

function whyNever(
  { reason, cause }: Extract<LoopEnd, { kind: 'lost' }>,
  hasAnswered: boolean,
  { isInstalled }: SamplerOptions,
): string {
  const isAlone = isInstalled && !hasAnswered && cause === 'silence';
  return isAlone ? `${reason}: its key may be good for nothing but its installed script` : reason;
}
