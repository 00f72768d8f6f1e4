/** The queue of jobs, which BullMQ keeps in Redis: who can do the jobs of a run are the workers with its abilities. */
import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { type Abilities, type Job, RUN_LIFETIME } from './messages.ts';
import { keyedDigest, seal, unseal } from './seal.ts';
import { answered } from './store.ts';

/** Jobs that are handed to Redis in one go. */
const AT_ONCE = 500;

/** Where the jobs of a run lie, and how they are sealed. */
export interface JobQueue {
  redis: Redis;
  prefix: string;
  key: Buffer;
  /** The queue's name: all that say it have the same abilities. */
  name: string;
}

/** The data of a job, as BullMQ has it. */
export interface SealedJob {
  sealed: string;
}

export const queueName = (key: Buffer, { inventory, by }: Abilities): string =>
  `audit-${keyedDigest(key, 'queue', [inventory, by]).slice(0, 16)}`;

/** Returns the name of a job: the same for the same work, so that a queue has it once. */
export const jobId = ({ run, batches }: Job): string => `${run}-${batches[0]?.number}`;

export const sealJob = ({ key, name }: Pick<JobQueue, 'key' | 'name'>, job: Job): SealedJob => ({
  sealed: seal(key, ['job', name], Buffer.from(JSON.stringify(job))).toString('base64'),
});

/** Returns the job; null: nobody who has the key wrote it, or it is of another queue. */
export function unsealJob({ key, name }: Pick<JobQueue, 'key' | 'name'>, data: unknown): Job | null {
  const { sealed } = (data ?? {}) as Partial<SealedJob>;
  if (typeof sealed !== 'string') return null;
  const message = unseal(key, ['job', name], Buffer.from(sealed, 'base64'));
  return message === null ? null : (JSON.parse(message.toString('utf8')) as Job);
}

/** The jobs of a run, from the coordinator's side. */
export interface Jobs {
  /** Puts jobs into the queue; those that are there already stay as they are. */
  add(jobs: readonly Job[]): Promise<void>;
  /** Returns those that are in the queue no more: they were done, or nobody can do them. */
  gone(jobs: readonly Job[]): Promise<Job[]>;
  /** Takes jobs out of the queue again that no worker has begun. */
  withdraw(jobs: readonly Job[]): Promise<void>;
  close(): Promise<void>;
}

export function jobsIn(at: JobQueue): Jobs {
  const { redis, prefix, name } = at;
  const queue = new Queue<SealedJob>(name, {
    connection: redis,
    prefix,
    skipVersionCheck: true,
    // nobody reads what it tells of jobs: results are looked for
    streams: { events: { maxLen: 10 } },
  });
  // the connection tells what is wrong with it
  queue.on('error', () => {});
  const keysOf = ['meta', 'id', 'events', 'marker', 'stalled-check', 'pc'].map((end) => queue.toKey(end));
  return {
    async add(jobs) {
      for (let i = 0; i < jobs.length; i += AT_ONCE)
        await queue.addBulk(
          jobs.slice(i, i + AT_ONCE).map((job) => ({
            name: 'audit',
            data: sealJob(at, job),
            opts: { jobId: jobId(job), removeOnComplete: true, removeOnFail: true },
          })),
        );
    },
    async gone(jobs) {
      const pipeline = redis.pipeline();
      for (const job of jobs) pipeline.exists(queue.toKey(jobId(job)));
      const answers = (await pipeline.exec()) ?? [];
      return jobs.filter((_, i) => answered(answers[i]) === 0);
    },
    async withdraw(jobs) {
      await Promise.all(jobs.map((job) => queue.remove(jobId(job))));
    },
    async close() {
      // BullMQ keeps these for good, and the next inventory has other ones
      const pipeline = redis.pipeline();
      for (const key of keysOf) pipeline.expire(key, RUN_LIFETIME);
      await pipeline.exec();
      await queue.close();
    },
  };
}
