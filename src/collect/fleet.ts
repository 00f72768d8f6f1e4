import pLimit from 'p-limit';
import type { HostEvidence, Snapshot, Target } from '../model.ts';
import { collectHost, type HostOptions } from './host.ts';

export interface FleetOptions extends HostOptions {
  /** Hosts in flight. */
  concurrency: number;
  /** Aborted with an Error as its reason: no further host is asked, those in flight are let go. */
  stop: AbortSignal;
  progress: Progress;
}

/** What is told of a run while it goes on. */
export interface Progress {
  begun(host: string): void;
  done(host: HostEvidence): void;
}

/** Asks every host. No host's failure ends the run; the result is in the inventory's order. */
export async function collectFleet(targets: Target[], options: FleetOptions): Promise<Snapshot> {
  const startedAt = now();
  const limit = pLimit(options.concurrency);
  const hosts = await Promise.all(targets.map((target) => limit(() => oneHost(target, options))));
  return { startedAt, finishedAt: now(), interrupted: options.stop.aborted, hosts };
}

async function oneHost(target: Target, options: FleetOptions): Promise<HostEvidence> {
  if (options.stop.aborted) return notAsked(target, options.stop.reason as Error);
  options.progress.begun(target.host.name);
  const evidence = await collectHost(target, options, options.stop);
  options.progress.done(evidence);
  return evidence;
}

function notAsked({ host }: Target, why: Error): HostEvidence {
  return {
    host,
    reached: { ok: false, problem: 'unreachable', reason: `not asked: ${why.message}` },
    evidence: [],
  };
}

const now = () => new Date().toISOString().replace(/\.\d+Z$/, 'Z');
