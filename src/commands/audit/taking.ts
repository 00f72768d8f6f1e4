/** Takes what workers report of hosts, each host once. */
import { isDeepStrictEqual } from 'node:util';
import { notAsked } from '../../collect/fleet.ts';
import { now } from '../../collect/times.ts';
import { UserError } from '../../errors.ts';
import type { Evaluation } from '../../evaluate/report.ts';
import type { HostSummary, Target } from '../../model.ts';
import { decodeHostPart, type HostPart } from '../../parts/host-part.ts';
import type { Joining } from '../../parts/joining.ts';
import type { HostOutcome, QueuedHost } from '../../queue/messages.ts';
import type { ShownProgress } from '../lib/progress.ts';

/** The hosts of a run, and where what came of them goes. */
export interface Takers {
  targets: readonly Target[];
  evaluation: Pick<Evaluation, 'half'>;
  joining: Pick<Joining, 'add'>;
}

interface Taking {
  take(host: QueuedHost, outcome: HostOutcome, where: string): void;
  /** Adds the hosts of which nothing came, for that reason. */
  rest(why: string): void;
  /** Returns the names of the hosts that could not be reached. */
  missed(): string[];
}

export function taking({ targets, evaluation, joining }: Takers, progress: ShownProgress): Taking {
  const summaries = new Map<string, HostSummary>();
  const add = (part: HostPart, where: string): void => {
    joining.add(part, where);
    progress.begun(part.host.name);
    summaries.set(part.host.name, part.summary);
    progress.done({ host: part.host, reached: part.summary.reached, evidence: [] });
  };
  const addMissing = (target: Target, position: number, reason: string): void => {
    const time = now();
    add({ ...evaluation.half(notAsked(target, reason), { from: time, to: time }), position }, 'queue');
  };
  return {
    missed: () => [...summaries].flatMap(([name, { reached }]) => (reached.ok ? [] : [name])),
    take({ position }: QueuedHost, outcome: HostOutcome, where: string): void {
      const target = targets[position];
      if (target === undefined) return;
      const part = partFrom(target, position, outcome, where);
      const taken = part.ok ? tried(() => add(part.value, where)) : part;
      if (!taken.ok) addMissing(target, position, taken.reason);
    },
    rest(why: string): void {
      for (const [position, target] of targets.entries())
        if (!summaries.has(target.host.name)) addMissing(target, position, why);
    },
  };
}

/** Returns the part of a host; where it is none of this very host, the reason why it is not taken. */
function partFrom({ host }: Target, position: number, outcome: HostOutcome, where: string): Tried<HostPart> {
  if (!outcome.ok) return outcome;
  const part = tried(() => decodeHostPart(outcome.part, { where, host: host.name }));
  if (!part.ok) return part;
  const isAsGiven = isDeepStrictEqual(part.value.host, host) && part.value.position === position;
  const reason = `${where}: its part is of another host, or of another inventory`;
  return isAsGiven ? part : { ok: false, reason };
}

type Tried<T> = { ok: true; value: T } | { ok: false; reason: string };

/** Takes what is wrong with a worker's part for a reason, and not for the end of the run. */
function tried<T>(work: () => T): Tried<T> {
  try {
    return { ok: true, value: work() };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { ok: false, reason: error.message };
  }
}
