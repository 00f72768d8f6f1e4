/** All that is known of one host that is watched, and what is worth telling of each change. */
import type { Evidence, HostEvidence } from '../model.ts';
import { clockTime } from './clock-time.ts';
import { evidenceOfSpan, evidenceOfWindow, evidenceWithoutSpan, type Sampled } from './evidence.ts';
import { addTick, beginGrowth, type Growth, isOfAnother, type Remark, resumeGrowth } from './growth.ts';
import type { LiveFinding } from './live-findings.ts';
import type { SamplerEvent } from './sampler.ts';
import { type CounterReading, type HostSample, readingsIn, softnetReadings } from './samples.ts';
import { namespaceKey, type WatchedNamespace } from './targets.ts';
import type { Place, PlaceState, Together } from './together.ts';

/** Something that happened; times are in milliseconds since 1970. */
export type WatchEvent =
  | { kind: 'window'; at: number; place: Place; growth: Growth }
  | { kind: 'namespace'; at: number; place: Place; what: 'came' | 'went' | 'unwatched' | 'tried' }
  | { kind: 'counter'; at: number; place: Place; remark: Remark }
  | { kind: 'host'; at: number; place: Place; what: HostChange }
  | { kind: 'finding'; at: number; state: 'began' | 'ended' | 'unseen'; live: LiveFinding }
  | { kind: 'together'; at: number; together: Together };

export type HostChange =
  /** final: it is not connected again */
  | { state: 'lost'; reason: string; isFinal: boolean }
  /** It is seen for the first time, so long after the others. */
  | { state: 'came'; seconds: number }
  /** @property rebooted null: not known */
  | { state: 'back'; seconds: number; rebooted: boolean | null };

export interface HostState {
  /** Its evidence when it was last asked for everything; where it was not reached so far, that. */
  asked: HostEvidence;
  places: Map<string | null, PlaceState>;
  listed: readonly WatchedNamespace[];
  samples: { first: HostSample; before: HostSample | null; last: HostSample } | null;
  lastAt: number;
  window: readonly Evidence[] | null;
  /** Not null: it is not seen at this time. */
  lost: { reason: string; at: number } | null;
  /** The time when it was lost, until the first tick thereafter. */
  gapSince: number | null;
  /** Why the two samples of the whole time do not have all of it; null: they do. */
  unseen: string | null;
}

export const beginHost = (asked: HostEvidence): HostState => ({
  asked,
  places: new Map(),
  listed: [],
  samples: null,
  lastAt: 0,
  window: null,
  lost: null,
  gapSince: null,
  unseen: null,
});

/** Takes what a sampler tells of the host. */
export function takeEvent(
  host: string,
  state: HostState,
  event: SamplerEvent,
  at: number,
  sampled: Sampled,
): WatchEvent[] {
  switch (event.kind) {
    case 'namespaces':
      return takeListing(host, state, event.namespaces, at);
    case 'tick':
      return takeTick(host, state, event.sample, at, sampled);
    case 'asked':
      return takeAsked(host, state, event.evidence, at);
    case 'lost': {
      const { reason, isFinal } = event;
      const isKnown = state.lost?.reason === reason && !isFinal;
      state.lost = { reason, at: state.lost?.at ?? at };
      state.gapSince ??= at;
      for (const place of state.places.values()) place.isThere = false;
      const what = { state: 'lost', reason, isFinal } as const;
      return isKnown ? [] : [{ kind: 'host', at, place: { host, namespace: null }, what }];
    }
  }
}

/** Takes new evidence of it: rules are tried on namespaces that began since it was last asked. */
function takeAsked(host: string, state: HostState, asked: HostEvidence, at: number): WatchEvent[] {
  const before = inodesOf(state.asked);
  const now = inodesOf(asked);
  state.asked = asked;
  state.lost = null;
  state.window = null;
  return [...state.places.values()].flatMap(({ inode, namespace, isThere }): WatchEvent[] =>
    inode === null || !isThere || !now.has(inode) || before.has(inode)
      ? []
      : [{ kind: 'namespace', at, place: { host, namespace }, what: 'tried' }],
  );
}

const inodesOf = ({ evidence }: HostEvidence): Set<string | null> =>
  new Set(evidence.map(({ namespace }) => namespace));

/** Returns the whole time as two samples. */
export function wholeTime(
  { asked, samples, lost, unseen, listed }: HostState,
  sampled: Sampled,
): HostEvidence {
  if (!asked.reached.ok) return asked;
  if (samples === null || samples.before === null)
    return evidenceWithoutSpan(
      asked,
      lost?.reason ?? 'the watch ended before it was looked at twice',
      sampled,
    );
  const reasons = [unseen, lost === null ? null : notSeen(lost)].filter((reason) => reason !== null);
  const closed = new Set(listed.flatMap(({ inode, pid }) => (pid === null ? inode : [])));
  const span = { before: samples.first, now: samples.last, lacks: reasons.join('; '), closed };
  return evidenceOfSpan(asked, span, sampled);
}

const notSeen = ({ reason, at }: { reason: string; at: number }): string =>
  `not watched since ${clockTime(at)}: ${reason}`;

function takeListing(
  host: string,
  state: HostState,
  listed: readonly WatchedNamespace[],
  at: number,
): WatchEvent[] {
  const isFirst = state.listed.length === 0;
  const known = new Set(state.listed.map(namespaceKey));
  const now = new Set(listed.map(namespaceKey));
  const events: WatchEvent[] = [];
  for (const { inode, name, pid } of listed) {
    const place = state.places.get(inode);
    const isKnown = known.has(namespaceKey({ inode, name }));
    // a number is used again for another namespace
    if (place?.namespace === name) place.isThere = true;
    else {
      state.places.set(inode, { host, namespace: name, inode, growth: null, isThere: true });
      state.samples?.first.namespaces.delete(inode);
    }
    if (!isKnown && !isFirst)
      events.push({ kind: 'namespace', at, place: { host, namespace: name }, what: 'came' });
    if (pid === null && !isKnown)
      events.push({ kind: 'namespace', at, place: { host, namespace: name }, what: 'unwatched' });
  }
  for (const { inode, name } of state.listed) {
    if (now.has(namespaceKey({ inode, name }))) continue;
    const place = state.places.get(inode);
    if (place?.namespace === name) place.isThere = false;
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
  const { gapSince } = state;
  const events: WatchEvent[] = [];
  if (gapSince !== null) events.push(takeBack(host, state, sample, gapSince, at));
  state.gapSince = null;
  const { samples } = state;
  const seconds = samples === null ? 0 : (secondsBetween(samples.last, sample) ?? (at - state.lastAt) / 1000);
  const grow = (key: string | null, readings: ReadonlyMap<string, CounterReading>) => {
    const place =
      state.places.get(key) ??
      ({ host, namespace: null, inode: key, growth: null, isThere: true } as PlaceState);
    state.places.set(key, place);
    if (key === null) place.isThere = true;
    if (place.growth === null) {
      place.growth = beginGrowth(readings);
      return;
    }
    if (gapSince !== null) {
      place.growth = resumeGrowth(place.growth, readings);
      return;
    }
    const { growth, remarks } = addTick(place.growth, readings, { at, seconds });
    const where = { host, namespace: place.namespace };
    if (key !== null && place.namespace !== 'init' && isOfAnother(remarks)) {
      place.growth = beginGrowth(readings);
      forget(state, key);
      for (const what of ['went', 'came'] as const)
        events.push({ kind: 'namespace', at, place: where, what });
      return;
    }
    place.growth = growth;
    events.push({ kind: 'window', at, place: where, growth });
    for (const remark of remarks) events.push({ kind: 'counter', at, place: where, remark });
  };
  grow(null, softnetReadings(sample.softnet));
  for (const [inode, texts] of sample.namespaces) grow(inode, readingsIn(texts));
  if (samples === null) state.samples = { first: sample, before: null, last: sample };
  else {
    if (gapSince === null)
      state.window = evidenceOfWindow(state.asked, { before: samples.last, now: sample }, sampled);
    state.samples = { first: withNew(samples.first, sample), before: samples.last, last: sample };
  }
  state.lastAt = at;
  return events;
}

/** What was said of a namespace that is gone says nothing of the one that has its number: no rules are tried on that. */
function forget(state: HostState, inode: string): void {
  const evidence = state.asked.evidence.filter(({ namespace }) => namespace !== inode);
  state.asked = { ...state.asked, evidence };
  state.samples?.first.namespaces.delete(inode);
}

/** Where it may be that the host was booted anew, nothing that was counted before has to do with what is counted now. */
function takeBack(host: string, state: HostState, now: HostSample, since: number, at: number): WatchEvent {
  const seconds = Math.round((at - since) / 1000);
  const place = { host, namespace: null };
  if (state.samples === null) {
    state.unseen = `not watched before ${clockTime(at)}`;
    return { kind: 'host', at, place, what: { state: 'came', seconds } };
  }
  const rebooted = isRebooted(state.samples.last, state.lastAt, now, at);
  if (rebooted !== false) {
    state.samples = null;
    state.unseen = `watched anew since ${clockTime(at)}, ${rebooted ? 'when it had been' : 'and it is not known whether it was'} booted anew`;
  }
  return { kind: 'host', at, place, what: { state: 'back', seconds, rebooted } };
}

/** Seconds by which the host's clock and ours may differ in what they say has passed. */
const CLOCKS_DIFFER = 5;

/** Tells whether a host was booted between two ticks: then it is up for less than it was, or than has passed. */
function isRebooted(before: HostSample, beforeAt: number, now: HostSample, at: number): boolean | null {
  const [was, is] = [before, now].map(({ uptime }) => Number.parseFloat(uptime));
  const up = Number(is) - Number(was);
  if (Number.isNaN(up)) return null;
  if (up < 0) return true;
  return Math.abs(up - (at - beforeAt) / 1000) <= CLOCKS_DIFFER ? false : null;
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
