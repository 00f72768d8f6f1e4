/** Compares counters with each other: within a namespace, and between hosts. Pure. */
import type { WindowTrial } from '../evaluate/windows.ts';
import type { Growth } from './growth.ts';
import {
  type JoinedLockstep,
  joinedLocksteps,
  type Lockstep,
  locksteps,
  type Subset,
  subsets,
  unjoinedLocksteps,
} from './lockstep.ts';

/** A network namespace, or the host as a whole (null). */
export interface Place {
  host: string;
  namespace: string | null;
}

/** Counters that grow together. */
export type Together =
  | ({ kind: 'lockstep'; at: Place } & Lockstep)
  | ({ kind: 'subset'; at: Place } & Subset)
  | ({ kind: 'joined'; at: Place; clients: Place[]; hasPath: boolean } & JoinedLockstep);

export interface PlaceState extends Place {
  inode: string | null;
  growth: Growth | null;
  /** False: the namespace has ended, or its host is lost. */
  isThere: boolean;
}

export function togetherIn(
  places: readonly PlaceState[],
  isCompared: (counter: string) => boolean,
): Together[] {
  return places.flatMap(({ host, namespace, growth, isThere }): Together[] => {
    if (growth === null || !isThere) return [];
    const at = { host, namespace };
    return [
      ...locksteps(growth, isCompared).map((one): Together => ({ kind: 'lockstep', at, ...one })),
      ...subsets(growth).map((one): Together => ({ kind: 'subset', at, ...one })),
    ];
  });
}

/** @param paths those of the fleet */
export function joinedBy(paths: WindowTrial['paths'], places: readonly PlaceState[]): Together[] {
  const placeOf = (host: string, namespace: string) =>
    places.find((place) => place.host === host && place.namespace === namespace);
  const seen = new Set<string>();
  return paths.flatMap(({ path }): Together[] => {
    const { server, clients } = path.fact.value;
    const end = placeOf(server.host, server.namespace);
    const from = [...new Set(clients.map(({ host, namespace }) => placeOf(host, namespace)))].filter(
      (place) => place !== undefined,
    );
    const growths = from.flatMap(({ growth }) => growth ?? []);
    const key = JSON.stringify([server.host, server.namespace, from.map(({ host, inode }) => [host, inode])]);
    if (end?.growth == null || growths.length === 0 || seen.has(key)) return [];
    seen.add(key);
    const at = { host: end.host, namespace: end.namespace };
    const senders = from.map(({ host, namespace }) => ({ host, namespace }));
    return joinedLocksteps(end.growth, growths).map(
      (one): Together => ({ kind: 'joined', at, clients: senders, hasPath: true, ...one }),
    );
  });
}

/** Adds what goes along without a path, of servers that no path explains. */
export function unjoined(places: readonly PlaceState[], joined: readonly Together[]): Together[] {
  const grown = places.flatMap(({ host, namespace, growth, isThere }) =>
    growth === null || !isThere ? [] : [{ host, namespace, growth }],
  );
  const explained = new Set(joined.map(({ at: { host, namespace } }) => JSON.stringify([host, namespace])));
  return unjoinedLocksteps(grown)
    .filter(({ at: { host, namespace } }) => !explained.has(JSON.stringify([host, namespace])))
    .map(({ at, client, step }): Together => {
      const place = ({ host, namespace }: Place): Place => ({ host, namespace });
      return { kind: 'joined', at: place(at), clients: [place(client)], hasPath: false, ...step };
    });
}

/** The same statement is told once, whatever its numbers are by then. */
export function togetherKey(one: Together): string {
  const { host, namespace } = one.at;
  switch (one.kind) {
    case 'lockstep':
      return JSON.stringify([one.kind, host, namespace, one.counters]);
    case 'subset':
      return JSON.stringify([one.kind, host, namespace, one.part, one.whole]);
    case 'joined':
      return JSON.stringify([one.kind, host, namespace, one.server, one.clients]);
  }
}
