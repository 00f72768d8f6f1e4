/** The fields on the left side of an nft match: which part of the packet an expression names. */

/** The fields on the left side of an nft match, and the readers of its right side. */

import type { Json } from '../../model.ts';
import { type WordTable, wordTable } from '../../word-table.ts';
import { CT_STATE, CT_STATUS, TCP_FLAGS } from '../bit-fields.ts';
import { constant, protocolNumber, TCP } from '../fields.ts';
import type { Match, Side } from '../ruleset.ts';
import {
  ALL_BITS,
  addressOn,
  after,
  connected,
  type Field,
  familyField,
  familyIs,
  interfaceIs,
  isProtocol,
  markField,
  NOT_READ,
  ofBits,
  portOn,
  protocolIs,
  simple,
} from './field-readers.ts';
import { readAddresses, readBits, shaped, tagged } from './values.ts';

const SCTP = 132;

/** Returns null when the expression is none that is understood. */
export function readPayloadField(left: Json): Field | null {
  const [kind, body] = tagged(left);
  return READERS[kind]?.(body) ?? null;
}

const READERS = wordTable<(body: Json) => Field | null>({
  payload: payloadField,
  meta: metaField,
  ct: ctField,
  fib: fibField,
  // nft asks for the family before it looks at these; `nft --debug=netlink` of 0.9.8, 1.0.6 and 1.1.3 shows it
  exthdr: () => familyField('ip6', NOT_READ),
  'ip option': () => familyField('ip', NOT_READ),
  'tcp option': optionOf(TCP),
  'sctp chunk': optionOf(SCTP),
  '&': maskedField,
});

const SIDES = wordTable<Side>({
  saddr: 'source',
  daddr: 'destination',
  sport: 'source',
  dport: 'destination',
});

function payloadField(body: Json): Field | null {
  const payload = shaped(body, ['protocol', 'field']);
  if (!payload) return null;
  const [protocol, field] = [String(payload.protocol), String(payload.field)];
  const side = SIDES[field];
  if (protocol === 'ip' || protocol === 'ip6') {
    const read = field === 'saddr' || field === 'daddr' ? addressOn(SIDES[field] as Side) : null;
    const asked = field === 'protocol' || field === 'nexthdr' ? protocolIs : NOT_READ;
    return familyField(protocol, read ?? asked);
  }
  // packets that did not come over Ethernet have no such header
  if (protocol === 'ether') return after(UNSEEN_HEADER, simple(field === 'type' ? familyIs : NOT_READ));
  const isPort = side !== undefined && (field === 'sport' || field === 'dport');
  if (protocol === 'th') return isPort ? simple(portOn(side)) : null;
  const number = protocolNumber(protocol === 'comp' ? 'ipcomp' : protocol);
  if (number === null) return null;
  if (protocol === 'tcp' && field === 'flags')
    return after(isProtocol(number), ofBits(TCP_FLAGS, TCP_FLAGS.known));
  return after(isProtocol(number), simple(isPort ? portOn(side) : NOT_READ));
}

const UNSEEN_HEADER: Match = { kind: 'undecided', text: 'whether packets came over Ethernet' };

/**
 * An option of TCP, a chunk of SCTP. nft does not ask for the protocol before it (1.0.6, 1.1.3): packets of all others
 * lack the option, too.
 */
function optionOf(protocol: number): (body: Json) => Field | null {
  const undecided: Match = { kind: 'undecided', text: 'which options packets have' };
  return (body) => {
    if (shaped(body, ['name']) === null) return after(isProtocol(protocol), simple(NOT_READ));
    return simple((values) =>
      values.length === 1 && values[0] === true
        ? { kind: 'any', rows: [[isProtocol(protocol), undecided]], not: false }
        : null,
    );
  };
}

function metaField(body: Json, mask = ALL_BITS): Field | null {
  const key = shaped(body, ['key'])?.key;
  if (key === 'mark') return markField('packet', mask);
  if (mask !== ALL_BITS) return null;
  if (key === 'iifname' || key === 'iif') return simple(interfaceIs('in'));
  if (key === 'oifname' || key === 'oif') return simple(interfaceIs('out'));
  if (key === 'l4proto') return simple(protocolIs);
  if (key === 'nfproto' || key === 'protocol') return simple(familyIs);
  return null;
}

function ctField(body: Json, mask = ALL_BITS): Field | null {
  const { key, dir } = shaped(body, ['key'], ['dir']) ?? {};
  if (dir !== undefined && dir !== 'original') return null;
  if (key === 'mark') return markField('connection', mask);
  if (key === 'state') return { needs: [], ...ofBits(CT_STATE, mask) };
  if (key === 'status') {
    const { read, test } = ofBits(CT_STATUS, mask);
    return connected(read, test);
  }
  if (mask !== ALL_BITS) return null;
  // the packet that opens a connection goes in its original direction
  if (key === 'direction')
    return connected((values) =>
      values.every((value) => value === 'original' || value === 'reply')
        ? constant(values.includes('original'))
        : null,
    );
  // of both directions, these are the same
  if (key === 'protocol') return connected(protocolIs);
  if (key === 'l3proto') return connected(familyIs);
  const [, family, field = ''] = /^(?:(ip6?) )?([sd]addr)$/.exec(String(key)) ?? [];
  const side = SIDES[field];
  if (dir !== 'original' || !side) return null;
  const read: Field['read'] = (values) => {
    const set = readAddresses(values);
    return set && { kind: 'original', side, set, not: false };
  };
  // a connection of the other family has none (linux 6.1, net/netfilter/nft_ct.c, nft_ct_get_eval: NFT_CT_SRC_IP)
  return family === undefined ? simple(read) : familyField(family as 'ip' | 'ip6', read);
}

function fibField(body: Json): Field | null {
  const { result, flags } = shaped(body, ['result', 'flags']) ?? {};
  const [about, ...more] = Array.isArray(flags) ? flags : [flags];
  const side = more.length === 0 ? SIDES[String(about)] : undefined;
  if (result !== 'type' || !side) return null;
  return simple((values) =>
    values.length === 1 && values[0] === 'local' ? { kind: 'local', side, not: false } : null,
  );
}

/** Reads `meta mark & 0x4000`, `tcp flags & (syn | ack)`, `ip saddr & 255.255.0.0`. */
function maskedField(body: Json): Field | null {
  if (!Array.isArray(body) || body.length !== 2) return null;
  const [left, mask] = body as [Json, Json];
  const [kind, of] = tagged(left);
  if (kind === 'meta') return withMask(mask, NO_NAMES, (bits) => metaField(of, bits));
  if (kind === 'ct') {
    const key = shaped(of, ['key'])?.key;
    const names = key === 'state' ? CT_STATE.names : key === 'status' ? CT_STATUS.names : NO_NAMES;
    return withMask(mask, names, (bits) => ctField(of, bits));
  }
  const field = kind === 'payload' ? payloadField(of) : null;
  const payload = shaped(of, ['protocol', 'field']);
  if (!field || !payload) return null;
  if (payload.protocol === 'tcp' && payload.field === 'flags')
    return withMask(mask, TCP_FLAGS.names, (bits) => ({ ...field, ...ofBits(TCP_FLAGS, bits) }));
  const isAddress = payload.field === 'saddr' || payload.field === 'daddr';
  if (!isAddress || typeof mask !== 'string') return { ...field, read: NOT_READ };
  return { ...field, read: (values) => field.read(values.map((value) => `${value}/${mask}`)) };
}

/** A mark is nothing but a number. */
const NO_NAMES = wordTable<number>({});

function withMask(mask: Json, names: WordTable<number>, then: (bits: number) => Field | null): Field | null {
  const bits = readBits(mask, names);
  return bits === null ? null : then(bits);
}
