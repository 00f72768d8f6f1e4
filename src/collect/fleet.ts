import pLimit from 'p-limit';
import { isAtRest, readMedium } from '../media/read.ts';
import type { FleetRun, HostEvidence, Target, TimeSpan } from '../model.ts';
import { collectHost, type HostOptions } from './host.ts';
import type { Plan } from './plan.ts';
import { now } from './times.ts';

/** Takes the evidence of a host as soon as it is there; `span`: the time of the run until then. */
export type Take<T> = (host: HostEvidence, span: TimeSpan) => T;

export interface FleetOptions<T> extends HostOptions {
  plan: Plan;
  /** The number of hosts in flight. */
  concurrency: number;
  /** The number of unreachable hosts after which no further one is asked; null: all are asked. */
  maxFailures: number | null;
  /** Aborted with an Error as its reason: no further host is asked, those in flight are let go. */
  stop: AbortSignal;
  progress: Progress;
  /** Nothing else is held of a host. */
  take: Take<T>;
}

/** The events that are reported of a run while it goes on. */
export interface Progress {
  begun(host: string): void;
  done(host: HostEvidence): void;
}

/** Asks every host. No host's failure ends the run; the result is in the inventory's order. */
export const collectFleet = <T>(targets: readonly Target[], options: FleetOptions<T>): Promise<FleetRun<T>> =>
  fleetCollector(options)(targets);

/** Returns what does so, for hosts that come one group after another: they share what is in flight. */
export function fleetCollector<T>(
  options: FleetOptions<T>,
): (targets: readonly Target[]) => Promise<FleetRun<T>> {
  const limit = pLimit(options.concurrency);
  const failures = { count: 0 };
  return async (targets) => {
    const startedAt = now();
    const taken = async (target: Target) =>
      options.take(await oneHost(target, options, failures), { from: startedAt, to: now() });
    const hosts = await Promise.all(targets.map((target) => limit(() => taken(target))));
    return { startedAt, finishedAt: now(), interrupted: options.stop.aborted, hosts };
  };
}

async function oneHost(
  target: Target,
  options: Omit<FleetOptions<unknown>, 'take'>,
  failures: { count: number },
): Promise<HostEvidence> {
  const { stop, maxFailures, progress } = options;
  if (stop.aborted) return notAsked(target, (stop.reason as Error).message);
  if (maxFailures !== null && failures.count > maxFailures)
    return notAsked(target, `more than ${maxFailures} hosts could not be reached (--max-failures)`);
  progress.begun(target.host.name);
  const evidence = isAtRest(target)
    ? await hostAtRest(target, options.plan)
    : await collectHost(target, options, stop);
  if (!evidence.reached.ok) failures.count++;
  progress.done(evidence);
  return evidence;
}

/** Reads an archive. It holds what its maker chose: nobody planned it. */
async function hostAtRest(target: Parameters<typeof readMedium>[0], plan: Plan): Promise<HostEvidence> {
  const evidence = await readMedium(target, plan.atRest);
  return target.connection.kind === 'image' ? { ...evidence, planned: plan.plannedAtRest } : evidence;
}

/** Returns a host that nobody asked. */
export function notAsked({ host }: Pick<Target, 'host'>, why: string): HostEvidence {
  return {
    host,
    reached: { ok: false, problem: 'unreachable', reason: `not asked: ${why}` },
    evidence: [],
  };
}
