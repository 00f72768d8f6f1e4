/** The translations of nft's JSON: masquerade, redirect, snat, dnat. */
import type { Json } from '../../model.ts';
import { type AddressSet, size } from '../addresses.ts';
import type { Ranges } from '../ranges.ts';
import type { Action, Randomness, Side } from '../ruleset.ts';
import { readMap } from './maps.ts';
import type { NamedElements } from './matches.ts';
import {
  asList,
  asNumber,
  bare,
  type JsonObject,
  readAddresses,
  readNumbers,
  shaped,
  tagged,
} from './values.ts';

const FLAGS: ReadonlySet<Json> = new Set<Json>(['random', 'fully-random', 'persistent', 'netmap']);
const TYPES: ReadonlySet<Json> = new Set<Json>(['interval', 'concat', 'prefix']);

/** Returns the body of a translation, empty where nothing is said; null where it says what is not known. */
function translationOf(body: Json, keys: readonly string[]): JsonObject | null {
  const translation = body === null ? {} : shaped(body, [], [...keys, 'port', 'flags', 'type_flags']);
  if (!translation) return null;
  const { flags, type_flags } = translation;
  return asList(flags).every((flag) => FLAGS.has(flag)) && asList(type_flags).every((type) => TYPES.has(type))
    ? translation
    : null;
}

/** Reads a translation to this host's own address. */
export function readOwn(kind: 'masquerade' | 'redirect', body: Json): Action | undefined {
  const translation = translationOf(body, []);
  const ports = translation && readPorts(translation.port);
  return translation === null || ports === undefined
    ? undefined
    : { kind, ports, random: randomness(translation) };
}

/** Reads a translation to one address, a range, or the data of a map for the packet's key. */
export function readNat(side: Side, body: Json, elements: NamedElements): Action | undefined {
  const translation = translationOf(body, ['family', 'addr']);
  if (!translation) return undefined;
  const [kind, map] = tagged(translation.addr);
  if (kind !== 'map') return natTo(side, translation);
  return readMap(map, elements, (value) => natTo(side, { ...translation, addr: value }));
}

function natTo(side: Side, translation: JsonObject): Action | undefined {
  const { address, port } = goalOf(translation);
  const addresses = address === null ? null : readAddresses([address]);
  const ports = readPorts(port);
  // to neither address nor port, or to no address of a family: something of it is not known
  if (address === null && (port === undefined || translation.family !== undefined)) return undefined;
  if (ports === undefined) return undefined;
  if (address !== null && addresses === null) return undefined;
  const flags = asList(translation.flags);
  if (flags.includes('netmap') || asList(translation.type_flags).includes('prefix'))
    return netmap(side, address, addresses);
  return {
    kind: 'translate',
    side,
    addresses,
    ports,
    random: randomness(translation),
    persistent: flags.includes('persistent'),
  };
}

/** Returns the address and the port; a map may give both, concatenated. */
function goalOf({ addr = null, port }: JsonObject): { address: Json; port: Json | undefined } {
  const [kind, parts] = tagged(addr);
  if (kind !== 'concat' || !Array.isArray(parts) || parts.length !== 2 || port !== undefined)
    return { address: addr, port };
  const [address = null, own] = parts;
  return { address: bare(address), port: own };
}

/** Reads `snat ip prefix to ip saddr map { 10.0.0.0/24 : 192.168.0.0/24 }`, which keeps the bits behind the prefix. */
function netmap(side: Side, address: Json, network: AddressSet | null): Action | undefined {
  const [kind, prefix] = tagged(address);
  const length = kind === 'prefix' ? asNumber(shaped(prefix, ['addr', 'len'])?.len ?? null) : null;
  const bits = length ?? (network && size(network) === 1n ? 32 : null);
  return network && bits !== null ? { kind: 'netmap', side, network, bits } : undefined;
}

/** Returns null where there are none, undefined where they can't be read. */
function readPorts(value: Json | undefined): Ranges<number> | null | undefined {
  if (value === undefined) return null;
  return readNumbers([value], asNumber) ?? undefined;
}

function randomness({ flags }: JsonObject): Randomness {
  const list = asList(flags);
  if (list.includes('fully-random')) return 'fully';
  return list.includes('random') ? 'random' : 'no';
}
