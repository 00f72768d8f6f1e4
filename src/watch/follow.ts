/** Watches hosts: asks each for a tick at the same moments, until the time is up or somebody ends it. */
import type { FleetState } from './fleet-state.ts';
import type { WatchEvent } from './host-state.ts';
import { type Sampler, type SamplerOptions, startSampler } from './sampler.ts';

/** A host that was asked once, or could not be. */
export interface FollowedHost extends Omit<SamplerOptions, 'namespaces' | 'onEvent'> {
  name: string;
}

export interface FollowOptions {
  /** The milliseconds between two ticks. */
  every: number;
  /** The milliseconds for which hosts are watched; null: until somebody ends it. */
  duration: number | null;
  namespaces: 'all' | 'init';
  /** True to end it when every host was looked at once. */
  isOnce: boolean;
  /** Ends it. */
  stop: AbortSignal;
  onEvents(events: readonly WatchEvent[]): void;
}

/** Resolves when the watch has ended, and no loop is left on a host that can be reached. */
export async function followHosts(
  hosts: readonly FollowedHost[],
  state: FleetState,
  { every, duration, namespaces, isOnce, stop, onEvents }: FollowOptions,
): Promise<void> {
  const late = duration === null ? [] : [AbortSignal.timeout(duration)];
  const over = AbortSignal.any([stop, ...late]);
  const isOver = new Promise<void>((resolve) => {
    over.addEventListener('abort', () => resolve(), { once: true });
    if (over.aborted) resolve();
  });
  const givenUp = new Set<string>();
  let finish = () => {};
  const isFinished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const tell = (events: readonly WatchEvent[]) => {
    if (events.length > 0) onEvents(events);
  };
  const samplers = hosts.map(
    ({ name, ...host }): Sampler =>
      startSampler({
        ...host,
        askAnew: isOnce ? null : host.askAnew,
        namespaces,
        onEvent(event) {
          if (over.aborted) return;
          tell(state.take(name, event, Date.now()));
          if (event.kind === 'tick' && state.isRoundWhole()) tell(state.closeRound(Date.now()));
          if (event.kind === 'lost' && event.isFinal) givenUp.add(name);
          if (givenUp.size === hosts.length || (isOnce && state.isSampled())) finish();
        },
      }),
  );
  if (hosts.length === 0) finish();
  const timer = setInterval(() => {
    tell(state.closeRound(Date.now()));
    for (const sampler of samplers) sampler.tick();
  }, every);
  await Promise.race([isOver, isFinished]);
  clearInterval(timer);
  await Promise.all(samplers.map((sampler) => sampler.end()));
  tell(state.closeRound(Date.now()));
}
