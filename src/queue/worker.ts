/** Does the jobs of a queue, until it is stopped. */
import { UnrecoverableError, WaitingError, Worker } from 'bullmq';
import { type JobQueue, type SealedJob, unsealJob } from './jobs.ts';
import { type Abilities, type Batch, type HostOutcome, type Job, RUN_LIFETIME } from './messages.ts';
import { FORGED } from './seal.ts';
import { PRESENCE_LIFETIME, type RunStore } from './store.ts';

/** Milliseconds for which a job is a worker's, unless it says that it goes on; then another one takes it. */
const LOCK = 15_000;

/** Milliseconds between two looks for jobs whose worker is gone. */
const STALLED_INTERVAL = 5000;

/** How often a job may be taken from a worker that does not go on: it may be what ends them. */
const MOST_STALLS = 2;

export interface Working {
  /** What it is called. */
  worker: string;
  abilities: Abilities;
  store: RunStore;
  /** The jobs that are done at a time. */
  slots: number;
  stop: AbortSignal;
  /** Looks at the hosts of a batch; gives what became of each, in their order. */
  audit(batch: Batch): Promise<HostOutcome[]>;
  tell(text: string): void;
}

/** Does jobs until it is stopped; those that it has begun are ended, or handed back. */
export async function work(at: JobQueue, working: Working): Promise<void> {
  const { worker: name, abilities, store, slots, stop, tell } = working;
  const worker = new Worker<SealedJob>(
    at.name,
    async (job, token) => {
      const work = await accepted(at, job.data, working);
      for (const batch of work.batches) {
        if (stop.aborted) {
          await job.moveToWait(token);
          throw new WaitingError();
        }
        await doBatch(work.run, batch, working);
      }
    },
    {
      connection: at.redis,
      prefix: at.prefix,
      name,
      concurrency: slots,
      lockDuration: LOCK,
      stalledInterval: STALLED_INTERVAL,
      maxStalledCount: MOST_STALLS,
      runRetryDelay: 1000,
      removeOnComplete: { count: 0 },
      removeOnFail: { count: 0 },
      skipVersionCheck: true,
    },
  );
  // what is wrong with the connection, it tells itself
  worker.on('error', (error) => {
    if (/\block\b/i.test(error.message))
      tell('a job took too long to say that it goes on: another worker has it now');
  });
  worker.on('failed', (_job, error) => tell(`a job was not done: ${error.message}`));
  const announce = () => store.announce({ worker: name, ...abilities }).catch(() => {});
  await announce();
  const timer = setInterval(() => void announce(), (PRESENCE_LIFETIME * 1000) / 3);
  try {
    await new Promise<void>((stopped) => {
      if (stop.aborted) stopped();
      else stop.addEventListener('abort', () => stopped(), { once: true });
    });
    await worker.close();
    await store.leave(name);
  } finally {
    clearInterval(timer);
  }
}

/** Throws where a job is none that this worker was meant to have. */
async function accepted(at: JobQueue, data: unknown, { store }: Working): Promise<Job> {
  const job = unsealJob(at, data);
  if (job === null) throw new UnrecoverableError(FORGED);
  const run = await store.run(job.run);
  if (run === null) throw new UnrecoverableError('its run is over');
  if (!run.ok) throw new UnrecoverableError(`its run ${job.run} is not signed with the key of this queue`);
  const age = (Date.now() - Date.parse(run.value.startedAt)) / 1000;
  if (age > RUN_LIFETIME) throw new UnrecoverableError(`its run ${job.run} is more than a day old`);
  return job;
}

/** Does a batch, unless somebody has done so, and the run still wants it. */
async function doBatch(run: string, batch: Batch, { worker, store, audit, tell }: Working): Promise<void> {
  if ((await store.result(run, batch.number))?.ok) return;
  const began = performance.now();
  const outcomes = await audit(batch);
  if (!(await store.keepResult(run, batch.number, { worker, outcomes }))) {
    tell(`run ${run}: it is over: the result of batch ${batch.number} is not kept`);
    return;
  }
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  const failed = outcomes.filter(({ ok }) => !ok).length;
  const but = failed === 0 ? '' : `, ${failed} of them without a result`;
  tell(`run ${run}: batch ${batch.number}: ${batch.hosts.length} hosts in ${seconds} s${but}`);
}
