/** `--queue`: an audit whose hosts are asked by workers. */
import { randomBytes } from 'node:crypto';
import { now } from '../../collect/times.ts';
import { throwIfAny, UserError } from '../../errors.ts';
import { printable } from '../../formats/printable.ts';
import type { FleetRun } from '../../model.ts';
import { attendance } from '../../queue/attendance.ts';
import { divide } from '../../queue/batches.ts';
import { type NamedQueue, withQueue } from '../../queue/connection.ts';
import { conduct } from '../../queue/coordinator.ts';
import { jobsIn, queueName } from '../../queue/jobs.ts';
import type { Abilities, RunRecord } from '../../queue/messages.ts';
import { keyedDigest } from '../../queue/seal.ts';
import type { RunStore } from '../../queue/store.ts';
import { notForWorkers } from '../lib/abilities.ts';
import { showProgress } from '../lib/progress.ts';
import type { World } from '../lib/world.ts';
import { type Takers, taking } from './taking.ts';

/** A run whose results have all been taken. */
export interface QueuedRun extends Omit<FleetRun<unknown>, 'hosts'> {
  /** The names of the hosts that could not be reached. */
  missed: string[];
  /** Has Redis forget it; until then, it can be gone on with. */
  forget(): Promise<void>;
}

export interface QueuedAudit extends Takers {
  queue: NamedQueue;
  abilities: Abilities;
  /** The run to go on with; null: a new one. */
  resume: string | null;
  quiet: boolean;
}

/** Has all hosts looked at by workers, and adds what came of each to the joining. */
export async function runQueued(audit: QueuedAudit, world: World): Promise<QueuedRun> {
  const { queue, abilities, targets, resume, quiet } = audit;
  throwIfAny(notForWorkers(targets));
  const tell = (text: string): void => world.err.write(`twlint: ${printable(text)}\n`);
  const name = queueName(queue.key, abilities);
  const run = resume ?? randomBytes(16).toString('hex');
  const all = divide(run, targets);
  const progress = showProgress(targets.length, world.err, quiet);
  const taken = taking(audit, progress);
  const { stop } = world;
  let startedAt = now();
  try {
    await withQueue(queue, { tell, stop }, async (redis, store) => {
      const hosts = keyedDigest(queue.key, 'hosts', [targets.map(({ host }) => host.name), abilities]);
      const record = await (resume === null ? begun : resumed)(store, run, hosts);
      startedAt = record.startedAt;
      tell(`run ${run}: if this ends before its time, --resume ${run} goes on with it`);
      const jobs = jobsIn({ ...queue, redis, name });
      const lookAtWorkers = attendance(store, abilities, tell);
      const watch = async () => {
        // a Redis that began again without its file has forgotten it
        await store.keepRun(run, record);
        await lookAtWorkers();
      };
      await conduct(run, all, { store, jobs, stop, take: taken.take, watch, tell });
      await jobs.close();
    });
  } catch (error) {
    // when a run is stopped, Redis may be gone as well
    if (!stop.aborted) throw error;
  } finally {
    progress.end();
  }
  if (stop.aborted) {
    taken.rest((stop.reason as Error).message);
    tell(`${(stop.reason as Error).message}: what follows is not complete; --resume ${run} goes on with it`);
  }
  return {
    startedAt,
    finishedAt: now(),
    interrupted: stop.aborted,
    missed: taken.missed(),
    async forget() {
      if (stop.aborted) return;
      const numbers = all.flatMap(({ batches }) => batches.map(({ number }) => number));
      const forgotten = withQueue(queue, { tell, stop }, (_redis, store) => store.forget(run, numbers));
      await forgotten.catch((error: Error) =>
        tell(`${error.message}: it has what is left of the run for a day`),
      );
    },
  };
}

async function begun(store: RunStore, run: string, hosts: string): Promise<RunRecord> {
  const record = { startedAt: now(), hosts };
  await store.keepRun(run, record);
  return record;
}

async function resumed(store: RunStore, run: string, hosts: string): Promise<RunRecord> {
  const found = await store.run(run);
  if (found === null)
    throw new UserError(`--resume ${run}: there is no such run`, {
      hint: 'it has come to its end, is more than a day old, or is in another Redis or below another --queue-prefix',
    });
  if (!found.ok) throw new UserError(`--resume ${run}: it was begun with another key than this one`);
  if (found.value.hosts !== hosts)
    throw new UserError(`--resume ${run}: it is about other hosts, rules or questions`, {
      hint: 'give the same inventory and options as when it was begun',
    });
  return found.value;
}
