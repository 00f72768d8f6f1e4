/** The fields on the left side of an nft match, and the readers of its right side. */

import type { Json } from '../../model.ts';
import { wordTable } from '../../word-table.ts';
import { ALL4, ALL6 } from '../addresses.ts';
import { and32, constant, not32, protocolNumber, readStates } from '../fields.ts';
import type { Ranges } from '../ranges.ts';
import type { Match, Side } from '../ruleset.ts';
import {
  asList,
  asNumber,
  asObject,
  asProtocol,
  type JsonObject,
  readAddresses,
  readInterfaces,
  readNumbers,
} from './values.ts';

/** A field of the packet. */
export interface Field {
  /** The matches that must hold before the field can be looked at: `tcp dport` means that the packet is TCP. */
  needs: Match[];
  /** Returns the match that holds when the field has one of these values; null when the values can't be read. */
  read(values: readonly Json[]): Match | null;
}

/** Returns null when the expression is none that is understood. */
export function readPayloadField(left: Json): Field | null {
  const expression = asObject(left) ?? {};
  const [payload, meta, ct, fib] = ['payload', 'meta', 'ct', 'fib'].map((kind) => asObject(expression[kind]));
  if (payload) return payloadField(payload);
  if (meta) return metaField(meta.key ?? null);
  if (ct) return ctField(ct);
  if (fib) return fibField(fib);
  if (Array.isArray(expression['&'])) return maskedField(expression['&']);
  return null;
}

const simple = (read: Field['read']): Field => ({ needs: [], read });

/** A field of packets of a connection that conntrack knows; the first of it is NEW. */
const connected = (read: Field['read']): Field => ({
  needs: [{ kind: 'state', states: ['NEW'], not: false }],
  read,
});

const SIDES = wordTable<Side>({
  saddr: 'source',
  daddr: 'destination',
  sport: 'source',
  dport: 'destination',
});

function payloadField({ protocol, field }: JsonObject): Field | null {
  const side = SIDES[String(field)];
  if (protocol === 'ip' || protocol === 'ip6') {
    const ofFamily: Match = {
      kind: 'address',
      side: 'source',
      set: protocol === 'ip' ? ALL4 : ALL6,
      not: false,
    };
    if (side) return { needs: [ofFamily], read: addressOn(side) };
    return field === 'protocol' || field === 'nexthdr' ? { needs: [ofFamily], read: protocolIs } : null;
  }
  if (!side || (field !== 'sport' && field !== 'dport')) return null;
  if (protocol === 'th') return simple(portOn(side));
  const number = protocolNumber(String(protocol));
  if (number === null) return null;
  return { needs: [{ kind: 'protocol', protocols: [number, number], not: false }], read: portOn(side) };
}

const addressOn =
  (side: Side): Field['read'] =>
  (values) => {
    const set = readAddresses(values);
    return set && { kind: 'address', side, set, not: false };
  };

const portOn =
  (side: Side): Field['read'] =>
  (values) => {
    const ports = readNumbers(values, asNumber);
    return ports && { kind: 'port', side, ports, not: false };
  };

const protocolIs: Field['read'] = (values) => {
  const protocols = readNumbers(values, asProtocol);
  return protocols && { kind: 'protocol', protocols, not: false };
};

const interfaceIs =
  (side: 'in' | 'out'): Field['read'] =>
  (values) => {
    const patterns = readInterfaces(values);
    return patterns && { kind: 'interface', side, patterns, not: false };
  };

const familyIs: Field['read'] = (values) => {
  const sets = values.map((value) => FAMILIES[String(value)]);
  if (!sets.every((set) => set !== undefined)) return null;
  return {
    kind: 'any',
    rows: sets.map((set) => [{ kind: 'address', side: 'source', set, not: false }]),
    not: false,
  };
};

const FAMILIES = wordTable<typeof ALL4>({ ipv4: ALL4, ip: ALL4, ipv6: ALL6, ip6: ALL6 });

const markIs =
  (of: 'packet' | 'connection', mask: number): Field['read'] =>
  (values) => {
    const numbers = readNumbers(values, asNumber);
    if (!numbers) return null;
    const marks = blocksOf(numbers).map(
      (block): Match => ({ kind: 'mark', of, value: block.value, mask: and32(block.mask, mask), not: false }),
    );
    const [first, second] = marks;
    return first && !second ? first : { kind: 'any', rows: marks.map((mark) => [mark]), not: false };
  };

/** Writes ranges as values of the leading bits: 4-7 is 4 where all but the last two bits are looked at. */
function blocksOf(numbers: Ranges<number>): { value: number; mask: number }[] {
  const blocks: { value: number; mask: number }[] = [];
  for (let i = 0; i < numbers.length; i += 2) {
    // biome-ignore lint/style/noNonNullAssertion: ranges are pairs, and i is below length
    for (let at = numbers[i]!; at <= numbers[i + 1]!; ) {
      let size = 1;
      // biome-ignore lint/style/noNonNullAssertion: ranges are pairs, and i is below length
      while (at % (2 * size) === 0 && at + 2 * size - 1 <= numbers[i + 1]!) size *= 2;
      blocks.push({ value: at, mask: not32(size - 1) });
      at += size;
    }
  }
  return blocks;
}

function metaField(key: Json): Field | null {
  if (key === 'iifname' || key === 'iif') return simple(interfaceIs('in'));
  if (key === 'oifname' || key === 'oif') return simple(interfaceIs('out'));
  if (key === 'l4proto') return simple(protocolIs);
  if (key === 'nfproto' || key === 'protocol') return simple(familyIs);
  if (key === 'mark') return simple(markIs('packet', 0xffffffff));
  return null;
}

function ctField({ key, dir }: JsonObject): Field | null {
  if (key === 'mark') return simple(markIs('connection', 0xffffffff));
  if (key === 'state') return simple(stateIs);
  // the packet that opens a connection goes in its original direction
  if (key === 'direction')
    return connected((values) =>
      values.every((value) => value === 'original' || value === 'reply')
        ? constant(values.includes('original'))
        : null,
    );
  if (key === 'status') {
    return connected((values) =>
      values.every((value) => value === 'snat' || value === 'dnat') ? stateIs(values) : null,
    );
  }
  const [, field = ''] = /^(?:ip6? )?([sd]addr)$/.exec(String(key)) ?? [];
  const side = SIDES[field];
  if (dir !== 'original' || !side) return null;
  return simple((values) => {
    const set = readAddresses(values);
    return set && { kind: 'original', side, set, not: false };
  });
}

const stateIs: Field['read'] = (values) => {
  const states = readStates(values.map(String));
  return states && { kind: 'state', states, not: false };
};

function fibField({ result, flags }: JsonObject): Field | null {
  const about = asList(flags);
  const side = about.length === 1 ? SIDES[String(about[0])] : undefined;
  if (result !== 'type' || !side) return null;
  return simple((values) =>
    values.length === 1 && values[0] === 'local' ? { kind: 'local', side, not: false } : null,
  );
}

/** Reads `meta mark & 0x4000`, `ip saddr & 255.255.0.0`. */
function maskedField([left, mask]: Json[]): Field | null {
  const { meta, ct, payload } = asObject(left) ?? {};
  const number = asNumber(mask ?? null);
  if (number !== null && asObject(meta)?.key === 'mark') return simple(markIs('packet', number));
  if (number !== null && asObject(ct)?.key === 'mark') return simple(markIs('connection', number));
  const body = asObject(payload);
  const field = body && payloadField(body);
  if (field === null || typeof mask !== 'string') return null;
  return { needs: field.needs, read: (values) => field.read(values.map((value) => `${value}/${mask}`)) };
}
