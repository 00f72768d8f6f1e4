import type { Trouble } from '../check.ts';
import { afterAttempts, retrying } from '../retry.ts';
import { type Attempt, type Failure, unreachable } from '../session.ts';
import { type SshSettings, settingsKey } from '../settings/ssh-settings.ts';
import { uselessMessage } from './bastion-messages.ts';

/** Connections to bastions, each for all hosts behind it. */
export interface BastionPool<T> {
  /** Returns one that can be used: opened where there is none, also again when it died. */
  get(bastion: SshSettings, signal: AbortSignal, whyAborted: () => Trouble): Promise<Attempt<T>>;
  /** Returns all that are there; none is opened any more. */
  end(): T[];
}

interface PoolOptions<T> {
  connectTo(bastion: SshSettings, signal: AbortSignal): Promise<Attempt<T>>;
  isUsable(connection: T): boolean;
  /** The number of retries, where that can help. */
  retries: number;
}

/** The state of one bastion. */
interface Pooled<T> {
  connections: T[];
  opening: Promise<Attempt<T>> | null;
  /** The failure where it could not be reached; whoever else is behind it need not wait to get the same. */
  failed: Failure | null;
}

export function bastionPool<T>({ connectTo, isUsable, retries }: PoolOptions<T>): BastionPool<T> {
  const pools = new Map<string, Pooled<T>>();
  const stop = new AbortController();

  async function open(bastion: SshSettings, pool: Pooled<T>): Promise<Attempt<T>> {
    const { result, attempts } = await retrying(() => connectTo(bastion, stop.signal), {
      retries,
      signal: stop.signal,
      worthwhile: (outcome) => !outcome.ok && outcome.transient,
    });
    if (result.ok) {
      pool.connections.push(result.value);
      return result;
    }
    const why = uselessMessage(bastion, afterAttempts(result.what, attempts), result.remedy);
    pool.failed = unreachable('route', why);
    return pool.failed;
  }

  async function one(bastion: SshSettings): Promise<Attempt<T>> {
    const key = settingsKey(bastion);
    const pool = pools.get(key) ?? { connections: [], opening: null, failed: null };
    pools.set(key, pool);
    if (pool.failed !== null) return pool.failed;
    const usable = pool.connections.find(isUsable);
    if (usable !== undefined) return { ok: true, value: usable };
    pool.opening ??= open(bastion, pool).finally(() => {
      pool.opening = null;
    });
    return pool.opening;
  }

  return {
    get: (bastion, signal, whyAborted) => orAborted(one(bastion), signal, whyAborted),
    end() {
      stop.abort(new Error('the run is over'));
      return [...pools.values()].flatMap(({ connections }) => connections);
    },
  };
}

/** Waits for a shared result or an abort: the shared work goes on for the others when one no longer waits for it. */
function orAborted<T>(
  promise: Promise<Attempt<T>>,
  signal: AbortSignal,
  why: () => Trouble,
): Promise<Attempt<T>> {
  if (signal.aborted) return Promise.resolve(unreachable('route', why()));
  return new Promise((resolve, reject) => {
    const onAbort = () => resolve(unreachable('route', why()));
    signal.addEventListener('abort', onAbort, { once: true });
    promise.finally(() => signal.removeEventListener('abort', onAbort)).then(resolve, reject);
  });
}
