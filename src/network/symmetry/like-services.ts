/**
 * Services that are alike. A cluster has thousands of them, and their packets are treated alike but for the addresses
 * of the service and of its server: following one path of each kind tells what becomes of all.
 *
 * Two paths are of one kind where all that any node says of the service's address, and of its servers', is the same but
 * for these addresses, and where nothing else that any node says tells them apart: no network, range or set has one of
 * them and not the other, and nothing else names one of them.
 */
import type { Address } from '../address-text.ts';
import { type AddressSet, addressSet, NONE, unionOf } from '../addresses.ts';
import { assertNever } from '../rule-parts.ts';
import type { NetnsNode } from '../topology/nodes.ts';
import { type AboutItem, placesOf, sharedChains, templateIn } from './places.ts';
import type { Part, V4 } from './template.ts';

export interface LikeServices {
  /** The virtual addresses whose services need not be followed, since paths of others are like theirs. */
  spared: AddressSet;
  /** Returns the number of further paths that are like those to a service and a server of it, from the same clients. */
  alike(virtual: Address, server: Address): number;
  /** Returns the addresses of services that stand for those of a spared one, one for each of its servers. */
  standIns(virtual: Address): readonly Address[];
}

export const NOTHING_ALIKE: LikeServices = { spared: NONE, alike: () => 0, standIns: () => [] };

/** An address, and what all nodes say of it. */
interface Spoken {
  /** What is said in each place, by the number of its text. */
  forms: string[];
  /** The other addresses named there, in the order in which they are. */
  others: Map<V4, number>;
  /** True where something of it may translate destinations. */
  serves: boolean;
}

export function likeServices(nodes: readonly NetnsNode[]): LikeServices {
  const all = new Map<V4, Spoken>();
  const named = new Map<V4, string[]>();
  const bounds = new Set<number>();
  const numbers = new Map<string, number>();
  // a place that several nodes have tells addresses apart as it does for the first of them
  for (const [i, places] of [...new Set(nodes.flatMap(placesOf))].entries()) {
    for (const bound of places.bounds) bounds.add(bound);
    for (const [address, where] of places.named)
      named.set(address, [...(named.get(address) ?? []), ...where.map((place) => `${i} ${place}`)]);
    for (const [address, items] of places.about) {
      const spoken: Spoken = all.get(address) ?? { forms: [], others: new Map(), serves: false };
      all.set(address, spoken);
      const form = items.map((item) => printed(item, address, spoken.others)).join('\n');
      const number = numbers.get(form) ?? numbers.size;
      numbers.set(form, number);
      spoken.forms.push(`${i}:${number}`);
      spoken.serves ||= items.some(({ serves }) => serves);
    }
  }
  return choose(
    all,
    kindsBy(
      all,
      named,
      [...bounds].sort((a, b) => a - b),
    ),
  );
}

/** More jumps in a row than these are not written out. */
const MAX_DEPTH = 16;

/** Prints an item and the chains that it alone leads to, with numbers for addresses. */
function printed({ place, rank, item, table }: AboutItem, own: V4, others: Map<V4, number>): string {
  const shared = table && sharedChains(table);
  const print = (what: object, depth: number): string =>
    templateIn(table, what)
      .parts.map((part) => printPart(part, depth))
      .join('');
  const printPart = (part: Part, depth: number): string => {
    switch (part.kind) {
      case 'text':
        return part.text;
      case 'address':
        return part.address === own ? '<own>' : `<${numberIn(others, part.address)}>`;
      case 'items':
        return `(${part.items.map((one) => print(one, depth)).join('|')})`;
      case 'chain': {
        const chain = table?.chains.get(part.name);
        if (!chain || shared?.has(part.name) || depth > MAX_DEPTH) return `chain ${part.name}`;
        return `{${chain.rules.map(({ steps }) => print(steps, depth + 1)).join('|')}}`;
      }
      default:
        return assertNever(part);
    }
  };
  return `${place} ${rank} ${print(item, 0)}`;
}

function numberIn(numbers: Map<V4, number>, address: V4): number {
  const known = numbers.get(address) ?? numbers.size;
  numbers.set(address, known);
  return known;
}

/** Returns a function that prints what is said of an address, apart from which it is; null: it is like no other. */
function kindsBy(
  all: ReadonlyMap<V4, Spoken>,
  named: ReadonlyMap<V4, readonly string[]>,
  bounds: readonly number[],
): (address: V4) => string {
  return (address) =>
    [atomIn(bounds, address), all.get(address)?.forms.join() ?? '', named.get(address)?.join() ?? ''].join(
      '/',
    );
}

/** Returns the number of bounds up to the address: between two of them, all sets treat addresses alike. */
function atomIn(bounds: readonly number[], address: V4): number {
  let [low, high] = [0, bounds.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    // biome-ignore lint/style/noNonNullAssertion: middle is between low and high
    if (bounds[middle]! <= address) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Chooses the services to follow: each path of the others is like one of theirs. */
function choose(all: ReadonlyMap<V4, Spoken>, kindOf: (address: V4) => string): LikeServices {
  const servers = new Set(
    [...all.values()].flatMap(({ serves, others }) => (serves ? [...others.keys()] : [])),
  );
  const stands = new Map<string, { own: V4; path: string }>();
  const standIns = new Map<V4, readonly V4[]>();
  const counts = new Map<string, number>();
  const spared: AddressSet[] = [];
  for (const [address, { serves, others }] of all) {
    // who is the server of another service, too, is looked at by itself
    if (!serves || servers.has(address)) continue;
    const own = kindOf(address);
    const paths = [...others].map(([server, number]) => {
      // what is said of it and of further addresses tells it from all others
      const kind = all.get(server)?.others.size ? `only ${server}` : kindOf(server);
      return { server, key: `${own} ${number} ${kind}` };
    });
    if (others.size === 0) paths.push({ server: 0, key: own });
    const found = paths.flatMap(({ key }) => stands.get(key) ?? []);
    if (found.length === paths.length) {
      spared.push(addressSet({ family: 4, value: address }));
      standIns.set(address, [...new Set(found.map((one) => one.own))]);
      for (const { path } of found) counts.set(path, (counts.get(path) ?? 0) + 1);
      continue;
    }
    for (const { key, server } of paths)
      if (!stands.has(key)) stands.set(key, { own: address, path: pathKey(address, server) });
  }
  return {
    spared: unionOf(spared),
    alike: (virtual, server) =>
      virtual.family === 4 && server.family === 4
        ? (counts.get(pathKey(virtual.value, server.value)) ?? 0)
        : 0,
    standIns: (virtual) =>
      virtual.family === 4 ? (standIns.get(virtual.value) ?? []).map((value) => ({ family: 4, value })) : [],
  };
}

const pathKey = (virtual: V4, server: V4) => `${virtual} ${server}`;
