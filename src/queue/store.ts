/** What a run keeps in Redis beside its jobs: that it goes on, results, and which workers there are. */
import type { Redis } from 'ioredis';
import {
  type BatchResult,
  decodeResult,
  encodeResult,
  LARGEST_RESULT,
  type Presence,
  RUN_LIFETIME,
  type RunRecord,
} from './messages.ts';
import { type About, seal, unseal } from './seal.ts';

/** Seconds for which a worker counts as there after it last said so. */
export const PRESENCE_LIFETIME = 30;

/** The most bytes of a message that is no result. */
const LARGEST_NOTE = 2 ** 20;

/** The most workers that are looked at: anybody who is let in can write more of them. */
const MOST_WORKERS = 10_000;

/** A value that is there: what it says, or that somebody without the key wrote it. */
type Opened<T> = { ok: true; value: T } | { ok: false };

export interface RunStore {
  keepRun(run: string, record: RunRecord): Promise<void>;
  /** Null: there is none. */
  run(run: string): Promise<Opened<RunRecord> | null>;
  /** False: the run is over, and the result was not kept. */
  keepResult(run: string, batch: number, result: BatchResult): Promise<boolean>;
  /** Returns those batches that have a result. */
  withResult(run: string, batches: readonly number[]): Promise<number[]>;
  result(run: string, batch: number): Promise<Opened<BatchResult> | null>;
  dropResult(run: string, batch: number): Promise<void>;
  announce(presence: Presence): Promise<void>;
  leave(worker: string): Promise<void>;
  /** The workers that are there, and how many notes of workers are forged. */
  workers(): Promise<{ present: Presence[]; forged: number }>;
  /** Removes what is left of a run. */
  forget(run: string, batches: readonly number[]): Promise<void>;
}

/**
 * Writes a key while another one is there, as one step: a worker that was stopped, or lost its connection, between a look and
 * its writing would leave a result behind that nobody takes.
 */
const SET_WHILE = `
  if redis.call('EXISTS', KEYS[1]) == 0 then return false end
  return redis.call('SET', KEYS[2], ARGV[1], 'EX', ARGV[2])`;

/** @param prefix what all keys begin with */
export function storeIn(redis: Redis, prefix: string, key: Buffer): RunStore {
  const at = (...about: About): string => `${prefix}:${about.join(':')}`;
  const keep = (about: About, seconds: number, message: Uint8Array) =>
    redis.set(at(...about), seal(key, about, message), 'EX', seconds);
  const read = async <T>(about: About, limit: number, parse: (message: Buffer) => T) => {
    // what is longer is cut off, and its seal is broken; what is no text of Redis was none of ours
    const sealed = await redis.getrangeBuffer(at(...about), 0, limit - 1).catch(otherType);
    return sealed.length === 0 ? null : opened(unseal(key, about, sealed), parse);
  };
  return {
    keepRun: async (run, record) => void (await keep(['run', run], RUN_LIFETIME, json(record))),
    run: (run) => read(['run', run], LARGEST_NOTE, parsed<RunRecord>),
    async keepResult(run, batch, result) {
      const about: About = ['result', run, batch];
      const sealed = seal(key, about, encodeResult(result));
      const kept = await redis.eval(SET_WHILE, 2, at('run', run), at(...about), sealed, RUN_LIFETIME);
      return kept !== null;
    },
    async withResult(run, batches) {
      const pipeline = redis.pipeline();
      for (const batch of batches) pipeline.exists(at('result', run, batch));
      const answers = (await pipeline.exec()) ?? [];
      return batches.filter((_, i) => answered(answers[i]) === 1);
    },
    result: (run, batch) => read(['result', run, batch], LARGEST_RESULT, decodeResult),
    dropResult: async (run, batch) => void (await redis.unlink(at('result', run, batch))),
    announce: async (presence) =>
      void (await keep(['worker', presence.worker], PRESENCE_LIFETIME, json(presence))),
    leave: async (worker) => void (await redis.unlink(at('worker', worker))),
    async workers() {
      const found = await Promise.all(
        (await namesOf(redis, at('worker', ''))).map((name) =>
          read(['worker', name], LARGEST_NOTE, parsed<Presence>),
        ),
      );
      return {
        present: found.flatMap((one) => (one?.ok ? [one.value] : [])),
        forged: found.filter((one) => one?.ok === false).length,
      };
    },
    async forget(run, batches) {
      const pipeline = redis.pipeline().unlink(at('run', run));
      for (const batch of batches) pipeline.unlink(at('result', run, batch));
      await pipeline.exec();
    },
  };
}

const NO_SEAL = Buffer.of(0);

function otherType(error: Error): Buffer {
  if (error.message.startsWith('WRONGTYPE')) return NO_SEAL;
  throw error;
}

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const parsed = <T>(message: Buffer): T => JSON.parse(message.toString('utf8')) as T;

const opened = <T>(message: Buffer | null, parse: (message: Buffer) => T): Opened<T> =>
  message === null ? { ok: false } : { ok: true, value: parse(message) };

/** Returns the answer to a command of a pipeline. */
export function answered(answer: [Error | null, unknown] | undefined): unknown {
  const [error, value] = answer ?? [new Error('Redis left a command without an answer'), null];
  if (error !== null) throw error;
  return value;
}

/** Returns what follows in the names of the keys that begin so. */
async function namesOf(redis: Redis, beginning: string): Promise<string[]> {
  const names = new Set<string>();
  let cursor = '0';
  do {
    const escaped = beginning.replace(/[*?[\]\\]/g, '\\$&');
    const [next, keys] = await redis.scan(cursor, 'MATCH', `${escaped}*`, 'COUNT', 1000);
    for (const key of keys) names.add(key.slice(beginning.length));
    cursor = next;
  } while (cursor !== '0' && names.size < MOST_WORKERS);
  return [...names].slice(0, MOST_WORKERS);
}
