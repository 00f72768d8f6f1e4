/** Conducts a run: hands its jobs to the workers, and takes one result of each batch. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Jobs, jobId } from './jobs.ts';
import type { Batch, HostOutcome, Job, QueuedHost } from './messages.ts';
import { FORGED } from './seal.ts';
import type { RunStore } from './store.ts';

/** How often a job is put into the queue when it comes to no result. */
const MOST_TRIES = 3;

/** Milliseconds between two looks at what became of jobs that have no result. */
const LOST_AFTER = 5000;

export interface Conducting {
  store: RunStore;
  jobs: Jobs;
  stop: AbortSignal;
  /** Takes what became of a host; called once for each. `where` is what messages call the result. */
  take(host: QueuedHost, outcome: HostOutcome, where: string): void;
  /** Looks at the workers, now and then. */
  watch(): Promise<void>;
  tell(text: string): void;
}

/** A batch without a result, and the job that it is of. */
interface Open {
  batch: Batch;
  job: Job;
}

/** Returns when each batch has been taken, or the run was stopped. */
export async function conduct(run: string, all: readonly Job[], conducting: Conducting): Promise<void> {
  const { jobs, stop, watch } = conducting;
  const open = new Map<number, Open>();
  for (const job of all) for (const batch of job.batches) open.set(batch.number, { batch, job });
  const tries = new Map<string, number>();
  await takeResults(run, open, conducting);
  await jobs.add(openJobs(open));
  let looked = performance.now();
  while (open.size > 0 && !stop.aborted) {
    await pause(250 + open.size / 4, stop);
    const isTime = performance.now() - looked > LOST_AFTER;
    // a job leaves the queue after its results are there: what is gone first, and has none then, is lost
    const gone = isTime ? new Set((await jobs.gone(openJobs(open))).map(jobId)) : new Set<string>();
    await takeResults(run, open, conducting);
    if (!isTime) continue;
    looked = performance.now();
    await watch();
    await again(gone, open, tries, conducting);
  }
  if (stop.aborted) await jobs.withdraw(openJobs(open));
}

const openJobs = (open: ReadonlyMap<number, Open>): Job[] => [
  ...new Set([...open.values()].map(({ job }) => job)),
];

/** An interrupted pause is told by the signal that it has. */
const pause = (milliseconds: number, signal: AbortSignal): Promise<void> =>
  sleep(milliseconds, undefined, { signal }).catch(() => {});

async function takeResults(
  run: string,
  open: Map<number, Open>,
  { store, take, tell, stop }: Conducting,
): Promise<void> {
  for (const number of await store.withResult(run, [...open.keys()])) {
    if (stop.aborted) return;
    const batch = open.get(number)?.batch;
    const result = await store.result(run, number);
    if (batch === undefined || result === null) continue;
    if (!result.ok) {
      tell(`a result of ${hostsText(batch.hosts)} is not taken: ${FORGED}`);
      await store.dropResult(run, number);
      continue;
    }
    const { worker, outcomes } = result.value;
    for (const [i, host] of batch.hosts.entries()) take(host, outcomes[i] ?? NONE, `worker ${worker}`);
    open.delete(number);
  }
}

const NONE: HostOutcome = { ok: false, reason: 'its worker left it out' };

const LOST: HostOutcome = {
  ok: false,
  reason: `it was in the queue ${MOST_TRIES} times, and no result came back: what workers print says more`,
};

/** Puts jobs into the queue once more that are there no more and have batches without a result. */
async function again(
  gone: ReadonlySet<string>,
  open: Map<number, Open>,
  tries: Map<string, number>,
  { jobs, take, tell }: Conducting,
): Promise<void> {
  for (const job of openJobs(open)) {
    const id = jobId(job);
    if (!gone.has(id)) continue;
    const left = job.batches.filter(({ number }) => open.has(number));
    const count = (tries.get(id) ?? 1) + 1;
    if (count > MOST_TRIES) {
      for (const batch of left) {
        for (const host of batch.hosts) take(host, LOST, 'queue');
        open.delete(batch.number);
      }
      continue;
    }
    const next: Job = { ...job, batches: left };
    tries.set(jobId(next), count);
    for (const batch of left) open.set(batch.number, { batch, job: next });
    tell(
      `${hostsText(left.flatMap(({ hosts }) => hosts))}: no result came back, a worker is asked once more`,
    );
    await jobs.add([next]);
  }
}

/** `web-1 and 15 more hosts` */
function hostsText(hosts: readonly QueuedHost[]): string {
  const [first, ...more] = hosts;
  return more.length === 0 ? `${first?.name}` : `${first?.name} and ${more.length} more`;
}
