/** All that is known of hosts that are watched, and what is worth telling of each change. */
import type { WindowTrial } from '../evaluate/windows.ts';
import type { Evidence, Finding, HostEvidence, Snapshot } from '../model.ts';
import { evidenceOfSpan, evidenceOfWindow, type Sampled } from './evidence.ts';
import { addTick, beginGrowth, type Growth, type Remark } from './growth.ts';
import { followFindings, type LiveFinding } from './live-findings.ts';
import type { SamplerEvent } from './sampler.ts';
import { type CounterReading, type HostSample, readingsIn, softnetReadings } from './samples.ts';
import type { WatchedNamespace } from './targets.ts';
import {
  joinedBy,
  type Place,
  type PlaceState,
  type Together,
  togetherIn,
  togetherKey,
  unjoined,
} from './together.ts';

/** Something that happened; times are in milliseconds since 1970. */
export type WatchEvent =
  | { kind: 'window'; at: number; place: Place; growth: Growth }
  | { kind: 'namespace'; at: number; place: Place; what: 'came' | 'went' | 'unwatched' }
  | { kind: 'counter'; at: number; place: Place; remark: Remark }
  | { kind: 'host'; at: number; place: Place; reason: string }
  | { kind: 'finding'; at: number; state: 'began' | 'ended'; live: LiveFinding }
  | { kind: 'together'; at: number; together: Together };

interface HostState {
  first: HostEvidence;
  places: Map<string | null, PlaceState>;
  listed: readonly WatchedNamespace[];
  samples: { first: HostSample; before: HostSample | null; last: HostSample } | null;
  lastAt: number;
  window: readonly Evidence[] | null;
  lost: string | null;
}

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
 * @param isTold tells which counters are worth comparing
 */
export function fleetState(
  snapshot: Snapshot,
  watched: ReadonlySet<string>,
  trial: WindowTrial,
  sampled: Sampled,
  isTold: (counter: string) => boolean,
): FleetState {
  const hosts = new Map<string, HostState>();
  for (const first of snapshot.hosts)
    if (watched.has(first.host.name))
      hosts.set(first.host.name, {
        first,
        places: new Map(),
        listed: [],
        samples: null,
        lastAt: 0,
        window: null,
        lost: null,
      });
  let open: ReadonlyMap<string, LiveFinding> = new Map();
  let together: Together[] = [];
  const toldTogether = new Set<string>();

  return {
    take(host, event, at) {
      const state = hosts.get(host);
      if (state === undefined || state.lost !== null) return [];
      switch (event.kind) {
        case 'namespaces':
          return takeListing(host, state, event.namespaces, at);
        case 'tick':
          return takeTick(host, state, event.sample, at, sampled);
        case 'lost':
          state.lost = event.reason;
          for (const place of state.places.values()) place.isThere = false;
          return [{ kind: 'host', at, place: { host, namespace: null }, reason: event.reason }];
      }
    },
    closeRound(at) {
      const windows = new Map<string, readonly Evidence[]>();
      for (const [name, state] of hosts) {
        if (state.window !== null) windows.set(name, state.window);
        state.window = null;
      }
      const found: Finding[] = windows.size === 0 ? [] : trial.tryOn(windows);
      const followed = followFindings(open, found, at);
      open = followed.open;
      const places = [...hosts.values()].flatMap((state) => [...state.places.values()]);
      const joined = joinedBy(trial.paths, places);
      together = [...togetherIn(places, isTold), ...joined, ...unjoined(places, joined)];
      const isNew = (one: Together) => {
        const key = togetherKey(one);
        const isKnown = toldTogether.has(key);
        toldTogether.add(key);
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
    places: () => [...hosts.values()].flatMap(({ places }) => [...places.values()]),
    lost: () =>
      new Map(
        snapshot.hosts.flatMap(({ host: { name }, reached }) => {
          const why = hosts.get(name)?.lost ?? (reached.ok ? null : reached.reason);
          return why === null ? [] : [[name, why]];
        }),
      ),
    open: () => [...open.values()],
    together: () => together,
    snapshot(interrupted, finishedAt) {
      const wholeTime = (first: HostEvidence): HostEvidence => {
        const samples = hosts.get(first.host.name)?.samples;
        if (samples === undefined || samples === null || samples.before === null) return first;
        return evidenceOfSpan(first, { before: samples.first, now: samples.last }, sampled);
      };
      return { ...snapshot, interrupted, finishedAt, hosts: snapshot.hosts.map(wholeTime) };
    },
  };
}

function takeListing(
  host: string,
  state: HostState,
  listed: readonly WatchedNamespace[],
  at: number,
): WatchEvent[] {
  const isFirst = state.listed.length === 0;
  const known = new Set(state.listed.map(({ inode }) => inode));
  const now = new Map(listed.map((one) => [one.inode, one]));
  const events: WatchEvent[] = [];
  for (const { inode, name, pid } of listed) {
    const place = state.places.get(inode);
    if (place !== undefined) place.isThere = true;
    else state.places.set(inode, { host, namespace: name, inode, growth: null, isThere: true });
    if (!known.has(inode) && !isFirst)
      events.push({ kind: 'namespace', at, place: { host, namespace: name }, what: 'came' });
    if (pid === null && !known.has(inode))
      events.push({ kind: 'namespace', at, place: { host, namespace: name }, what: 'unwatched' });
  }
  for (const { inode, name } of state.listed) {
    if (now.has(inode)) continue;
    const place = state.places.get(inode);
    if (place !== undefined) place.isThere = false;
    events.push({ kind: 'namespace', at, place: { host, namespace: name }, what: 'went' });
  }
  state.listed = listed;
  return events;
}

function takeTick(
  host: string,
  state: HostState,
  sample: HostSample,
  at: number,
  sampled: Sampled,
): WatchEvent[] {
  const { samples } = state;
  const seconds = samples === null ? 0 : (secondsBetween(samples.last, sample) ?? (at - state.lastAt) / 1000);
  const events: WatchEvent[] = [];
  const grow = (key: string | null, readings: ReadonlyMap<string, CounterReading>) => {
    const place =
      state.places.get(key) ??
      ({ host, namespace: null, inode: key, growth: null, isThere: true } as PlaceState);
    state.places.set(key, place);
    if (place.growth === null) {
      place.growth = beginGrowth(readings);
      return;
    }
    const { growth, remarks } = addTick(place.growth, readings, { at, seconds });
    place.growth = growth;
    const where = { host, namespace: place.namespace };
    events.push({ kind: 'window', at, place: where, growth });
    for (const remark of remarks) events.push({ kind: 'counter', at, place: where, remark });
  };
  grow(null, softnetReadings(sample.softnet));
  for (const [inode, texts] of sample.namespaces) grow(inode, readingsIn(texts));
  if (samples === null) state.samples = { first: sample, before: null, last: sample };
  else {
    state.window = evidenceOfWindow(state.first, { before: samples.last, now: sample }, sampled);
    state.samples = { first: withNew(samples.first, sample), before: samples.last, last: sample };
  }
  state.lastAt = at;
  return events;
}

/** A namespace that began later has its first sample where it is first seen. */
function withNew(first: HostSample, sample: HostSample): HostSample {
  const begun = [...sample.namespaces].filter(([inode]) => !first.namespaces.has(inode));
  return begun.length === 0 ? first : { ...first, namespaces: new Map([...first.namespaces, ...begun]) };
}

/** Returns the time between two ticks by the host's own clock; null where it does not show one. */
function secondsBetween(before: HostSample, now: HostSample): number | null {
  const [from, to] = [before, now].map(({ uptime }) => Number.parseFloat(uptime));
  const seconds = Number(to) - Number(from);
  return Number.isFinite(seconds) && seconds > 0 ? Math.round(seconds * 100) / 100 : null;
}
