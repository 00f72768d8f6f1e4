/** The lists of a node that name addresses: rules, sets, services, addresses of interfaces, routes, sockets. */
import { onceFor } from '../../once-for.ts';
import { type AddressSet, onlyAddress, prefixSet } from '../addresses.ts';
import type { Interface } from '../interfaces.ts';
import type { VirtualService } from '../ipvs.ts';
import type { Match, NamedSet, SetElement, Step, Table } from '../ruleset.ts';
import type { NetnsNode } from '../topology/nodes.ts';
import { keptTemplateOf, type Part, type Template, templateOf, type V4 } from './template.ts';

/** An item that only packets to one address can meet, or one that is this address. */
export interface AboutItem {
  place: string;
  /** The number of items before it in the list that are about no single address. */
  rank: number;
  /** Of a rule, its steps. */
  item: object;
  /** The table, for an item of its rules. */
  table: Table | null;
  /** True where it may translate destinations. */
  serves: boolean;
}

/** What a node says of addresses in one place: nodes that have that place alike have the very same. */
export interface Places {
  about: ReadonlyMap<V4, readonly AboutItem[]>;
  /** Where else single addresses are named. */
  named: ReadonlyMap<V4, readonly string[]>;
  /** The first addresses of, and behind, the ranges that anything of the node names. */
  bounds: ReadonlySet<number>;
}

interface Draft {
  about: Map<V4, AboutItem[]>;
  named: Map<V4, string[]>;
  bounds: Set<number>;
}

export function placesOf({ net, listeners }: NetnsNode): Places[] {
  const { ruleset, interfaces, routes, rules, services } = net;
  const draft = emptyDraft();
  for (const { addresses: _, ...device } of interfaces) addItem(draft, `interface ${device.name}`, device);
  addList(draft, {
    place: 'route',
    items: routes,
    aboutOf: ({ destination }) => only(destination),
    ...PLAIN,
  });
  addList(draft, { place: 'rule', items: rules, aboutOf: () => null, ...PLAIN });
  addList(draft, {
    place: 'socket',
    items: listeners?.list ?? [],
    aboutOf: ({ address }) => v4Of(address),
    ...PLAIN,
  });
  return [
    ...ruleset.tables.map(inTable),
    ...[...ruleset.ipsets.values()].map(inSet),
    ...interfaces.map(onDevice),
    inServices(services),
    draft,
  ];
}

const emptyDraft = (): Draft => ({ about: new Map(), named: new Map(), bounds: new Set() });

const PLAIN = { table: null, serves: false };

const inTable = onceFor((table: Table): Places => {
  const draft = emptyDraft();
  const serves = [...table.chains.values()].some(({ base }) => base?.type === 'nat');
  for (const name of sharedChains(table)) {
    const place = `${table.backend} ${table.family} ${table.name} ${name}`;
    const items = (table.chains.get(name)?.rules ?? []).map(({ steps }) => steps);
    addList(draft, { place, items, aboutOf: aboutOfSteps, table, serves });
  }
  return draft;
});

const inSet = onceFor(({ name, elements, except }: NamedSet): Places => {
  const draft = emptyDraft();
  addList(draft, {
    place: `ipset ${name}`,
    items: elements.filter((element) => element !== null),
    aboutOf: (item) => aboutOfElement(item as SetElement),
    ...PLAIN,
  });
  addList(draft, {
    place: `ipset ${name} except`,
    items: except.filter((one) => one !== null),
    aboutOf: () => null,
    ...PLAIN,
  });
  return draft;
});

function onDevice({ name, addresses }: Interface): Places {
  const known = byDevice(addresses);
  const places = known.get(name) ?? addressesOn(name, addresses);
  known.set(name, places);
  return places;
}

const byDevice = onceFor((_: Interface['addresses']) => new Map<string, Places>());

function addressesOn(name: string, addresses: Interface['addresses']): Places {
  const draft = emptyDraft();
  const place = `interface ${name}`;
  // the first one may be taken for the source of packets
  addList(draft, { place: `${place} first`, items: addresses.slice(0, 1), aboutOf: () => null, ...PLAIN });
  addList(draft, { place, items: addresses.slice(1), aboutOf: ({ address }) => v4Of(address), ...PLAIN });
  for (const { address, prefix } of addresses) addBounds(draft, prefixSet(address, prefix));
  return draft;
}

const inServices = onceFor((services: readonly VirtualService[]): Places => {
  const draft = emptyDraft();
  addList(draft, {
    place: 'service',
    items: services,
    aboutOf: ({ address }) => v4Of(address),
    table: null,
    serves: true,
  });
  return draft;
});

interface List<T extends object> {
  place: string;
  items: readonly T[];
  aboutOf(item: T): V4 | null;
  table: Table | null;
  serves: boolean;
}

function addList<T extends object>(draft: Draft, { place, items, aboutOf, table, serves }: List<T>): void {
  let rank = 0;
  for (const item of items) {
    const address = aboutOf(item);
    if (address !== null) {
      const entry = { place, rank, item, table, serves };
      const known = draft.about.get(address);
      if (known) known.push(entry);
      else draft.about.set(address, [entry]);
      continue;
    }
    rank++;
    addItem(draft, `${place}#${rank}`, item, { table, serves });
  }
}

/** Notes what an item names that packets to many addresses may meet. */
function addItem(
  draft: Draft,
  place: string,
  item: object,
  within: { table: Table | null; serves: boolean } = { table: null, serves: false },
): void {
  const { parts, sets } = templateIn(within.table, item);
  const name = (address: V4, where: string) => {
    const known = draft.named.get(address);
    if (known) known.push(where);
    else draft.named.set(address, [where]);
  };
  for (const [i, part] of parts.entries()) {
    if (part.kind === 'address') name(part.address, `${place}.${i}`);
    if (part.kind === 'items')
      addList(draft, { place: `${place}.${i}`, items: part.items, aboutOf: aboutOfEntry, ...within });
  }
  for (const [i, set] of sets.entries()) {
    addBounds(draft, set);
    for (const address of singlesIn(set)) name(address, `${place}.set ${i}`);
  }
}

/** Returns the template of an item: those of rules are asked for again. */
export const templateIn = (table: Table | null, item: object): Template =>
  table === null ? templateOf(item) : keptTemplateOf(item);

function addBounds({ bounds }: Draft, { v4 }: AddressSet): void {
  for (const [i, edge] of v4.entries()) {
    const [isLow, other] = i % 2 === 0 ? [true, v4[i + 1]] : [false, v4[i - 1]];
    // a range of one address is known by its place
    if (edge !== other) bounds.add(isLow ? edge : edge + 1);
  }
}

/** The addresses that are a range of their own. */
function singlesIn({ v4 }: AddressSet): V4[] {
  return v4.filter((low, i) => i % 2 === 0 && low === v4[i + 1]);
}

/** Returns the names of the chains that hooks lead to, without passing an item about one address alone. */
export const sharedChains = onceFor(({ chains }: Table): ReadonlySet<string> => {
  const found = new Set([...chains.values()].flatMap(({ name, base }) => (base ? [name] : [])));
  const jumps = (item: object): string[] =>
    keptTemplateOf(item).parts.flatMap((part: Part) => {
      if (part.kind === 'chain') return [part.name];
      return part.kind === 'items'
        ? part.items.filter((one) => aboutOfEntry(one) === null).flatMap(jumps)
        : [];
    });
  for (const name of found) {
    for (const { steps } of chains.get(name)?.rules ?? [])
      if (aboutOfSteps(steps) === null)
        for (const next of jumps(steps)) if (chains.has(next)) found.add(next);
  }
  return found;
});

const only = (set: AddressSet): V4 | null => v4Of(onlyAddress(set));

const v4Of = (address: { family: 4 | 6; value: number | bigint } | null): V4 | null =>
  address?.family === 4 ? Number(address.value) : null;

/** The one destination that all of these ask for. */
function destinationIn(when: readonly Match[]): V4 | null {
  for (const match of when)
    if (match.kind === 'address' && match.side === 'destination' && !match.not) return only(match.set);
  return null;
}

const aboutOfSteps = ([first]: readonly Step[]): V4 | null =>
  first === undefined ? null : destinationIn(first.when);

/** A case of a map is a step, a row of a set is a list of matches. */
const aboutOfEntry = (entry: object): V4 | null =>
  destinationIn(Array.isArray(entry) ? (entry as Match[]) : (entry as Step).when);

function aboutOfElement(element: SetElement): V4 | null {
  const value = element?.[0];
  return value?.kind === 'address' ? only(value.set) : null;
}
