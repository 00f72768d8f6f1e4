import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { UserError } from '../errors.ts';
import type { RedisPlace } from './place.ts';
import { type RunStore, storeIn } from './store.ts';

/** A queue, as the command line names it. */
export interface NamedQueue {
  place: RedisPlace;
  key: Buffer;
  prefix: string;
}

/** Milliseconds for what is left to do in Redis once a run was stopped, which may be gone itself. */
const LAST_WORDS = 10_000;

/** Does something with a connection to a queue. Throws some time after the signal, if that is not done by then. */
export async function withQueue<T>(
  { place, prefix, key }: NamedQueue,
  { tell, stop }: { tell(text: string): void; stop: AbortSignal | null },
  work: (redis: Redis, store: RunStore) => Promise<T>,
): Promise<T> {
  const redis = await connectTo(place, tell);
  const over = new AbortController();
  const late = stop === null ? [] : [afterStop(stop, over.signal)];
  try {
    return await Promise.race([work(redis, storeIn(redis, prefix, key)), ...late]);
  } catch (cause) {
    if (!(cause instanceof Error) || cause.name !== 'ReplyError') throw cause;
    throw new UserError(`--queue ${place.shown}: ${cause.message}`, { cause });
  } finally {
    over.abort();
    redis.disconnect();
  }
}

async function afterStop(stop: AbortSignal, over: AbortSignal): Promise<never> {
  if (!stop.aborted) await once(stop, 'abort', { signal: over });
  await sleep(LAST_WORDS, undefined, { signal: over });
  throw new Error('what was left to do in Redis took too long');
}

/** Connects; later, a connection that is lost is made anew, however long that takes, and `tell` hears of both. */
async function connectTo({ options, shown }: RedisPlace, tell: (text: string) => void): Promise<Redis> {
  const redis = new Redis({
    ...options,
    lazyConnect: true,
    connectTimeout: 10_000,
    maxRetriesPerRequest: null,
    retryStrategy: (times) => Math.min(100 * 2 ** times, 2000),
  });
  let why = 'the connection was closed';
  redis.on('error', (error: Error) => {
    why = reasonOf(error);
  });
  try {
    await redis.connect();
    await redis.ping();
  } catch (error) {
    const reason = error instanceof Error && error.name === 'ReplyError' ? error.message : why;
    redis.disconnect();
    throw new UserError(`--queue ${shown}: ${reason}`, { hint: HINT, cause: error });
  }
  let isLost = false;
  redis.on('close', () => {
    if (!isLost && redis.status !== 'end') tell(`${shown}: the connection is lost, and tried again`);
    isLost = true;
  });
  redis.on('ready', () => {
    if (isLost) tell(`${shown}: connected again`);
    isLost = false;
  });
  return redis;
}

const HINT =
  'is it there, and may this user use it? TWLINT_QUEUE_PASSWORD has its password, NODE_EXTRA_CA_CERTS the file of an authority of your own';

/** Where several addresses were tried, Node's error has no message but those of each. */
const reasonOf = (error: Error): string =>
  error instanceof AggregateError ? error.errors.map(({ message }) => message).join(', ') : error.message;
