/** All that is known of hosts that are watched, and what is worth telling of each change. */
import type { WindowTrial } from '../evaluate/windows.ts';
import type { Evidence, Finding, Snapshot } from '../model.ts';
import type { Sampled } from './evidence.ts';
import { beginHost, type HostState, takeEvent, type WatchEvent, wholeTime } from './host-state.ts';
import { followFindings, type LiveFinding } from './live-findings.ts';
import type { SamplerEvent } from './sampler.ts';
import { joinedBy, type PlaceState, type Together, togetherIn, togetherKey, unjoined } from './together.ts';

export interface FleetState {
  take(host: string, event: SamplerEvent, at: number): WatchEvent[];
  /** Tries rules and compares counters, on what came in since it was last done. */
  closeRound(at: number): WatchEvent[];
  /** True when every host that is not lost has answered since the round was closed. */
  isRoundWhole(): boolean;
  /** True when every host that is not lost has been looked at. */
  isSampled(): boolean;
  places(): PlaceState[];
  /** The hosts that are not seen, or no more, with the reasons. */
  lost(): Map<string, string>;
  open(): LiveFinding[];
  together(): Together[];
  /** The whole time as two samples. */
  snapshot(interrupted: boolean, finishedAt: string): Snapshot;
}

/**
 * @param watched the hosts that are sampled
 * @param isCompared tells which counters are worth comparing
 */
export function fleetState(
  snapshot: Snapshot,
  watched: ReadonlySet<string>,
  firstTrial: WindowTrial,
  sampled: Sampled,
  isCompared: (counter: string) => boolean,
): FleetState {
  const hosts = new Map<string, HostState>();
  for (const first of snapshot.hosts)
    if (watched.has(first.host.name)) hosts.set(first.host.name, beginHost(first));
  let trial = firstTrial;
  let isTrialOld = false;
  let open: ReadonlyMap<string, LiveFinding> = new Map();
  let together: Together[] = [];
  const reportedTogether = new Set<string>();
  const places = () => [...hosts.values()].flatMap((state) => [...state.places.values()]);
  /** Reports the findings on a host that is not seen, of which nobody knows whether they go on. */
  const leave = (host: string, at: number): WatchEvent[] => {
    const left = [...open.values()].filter(({ finding }) => finding.host === host);
    open = new Map([...open].filter(([, { finding }]) => finding.host !== host));
    return left.map((live) => ({ kind: 'finding', at, state: 'unseen', live }));
  };

  return {
    take(host, event, at) {
      const state = hosts.get(host);
      if (state === undefined) return [];
      const { asked } = state;
      const events = takeEvent(host, state, event, at, sampled);
      if (state.asked !== asked) isTrialOld = true;
      return event.kind === 'lost' ? [...events, ...leave(host, at)] : events;
    },
    closeRound(at) {
      const windows = new Map<string, readonly Evidence[]>();
      for (const [name, state] of hosts) {
        if (state.window !== null) windows.set(name, state.window);
        state.window = null;
      }
      if (isTrialOld)
        trial = trial.of(snapshot.hosts.map((first) => hosts.get(first.host.name)?.asked ?? first));
      isTrialOld = false;
      const found: Finding[] = windows.size === 0 ? [] : trial.tryOn(windows);
      const followed = followFindings(open, found, new Set(windows.keys()), at);
      open = followed.open;
      const all = places();
      const joined = joinedBy(trial.paths, all);
      together = [...togetherIn(all, isCompared), ...joined, ...unjoined(all, joined)];
      const isNew = (one: Together) => {
        const key = togetherKey(one);
        const isKnown = reportedTogether.has(key);
        reportedTogether.add(key);
        return !isKnown;
      };
      return [
        ...followed.began.map((live): WatchEvent => ({ kind: 'finding', at, state: 'began', live })),
        ...followed.ended.map((live): WatchEvent => ({ kind: 'finding', at, state: 'ended', live })),
        ...together.filter(isNew).map((one): WatchEvent => ({ kind: 'together', at, together: one })),
      ];
    },
    isRoundWhole: () => [...hosts.values()].every(({ lost, window }) => lost !== null || window !== null),
    isSampled: () => [...hosts.values()].every(({ lost, samples }) => lost !== null || samples !== null),
    places,
    lost: () =>
      new Map(
        snapshot.hosts.flatMap((first) => {
          const { name } = first.host;
          const state = hosts.get(name);
          const { reached } = state?.asked ?? first;
          const why = state?.lost?.reason ?? (reached.ok ? null : reached.reason);
          return why === null ? [] : [[name, why]];
        }),
      ),
    open: () => [...open.values()],
    together: () => together,
    snapshot(interrupted, finishedAt) {
      const whole = snapshot.hosts.map((first) => {
        const state = hosts.get(first.host.name);
        return state === undefined ? first : wholeTime(state, sampled);
      });
      return { ...snapshot, interrupted, finishedAt, hosts: whole };
    },
  };
}
