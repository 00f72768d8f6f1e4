/**
 * Fields that are sets of bits, as they are in the first packet of a connection: the flags of TCP, conntrack's state and
 * status. A comparison of bits is resolved by trying it on each value that the field may have there.
 */
import { type WordTable, wordTable } from '../word-table.ts';
import { and32, constant, not32 } from './fields.ts';
import type { ConnectionState, Match } from './ruleset.ts';

export interface BitField {
  /** The bits by the names that nft and iptables have for them, in lower case. */
  names: WordTable<number>;
  /** The bits that `values` tells; others may be anything. */
  known: number;
  values: readonly number[];
  /** Returns the match that holds for packets with one of these values; null where it is not known which they have. */
  having(values: readonly number[]): Match | null;
}

/** `in`: has one of the bits; `!`: has none of them. */
export type BitTest = '==' | '!=' | 'in' | '!';

/** Returns the match for a test of (field & mask) with a value; null where it can't be decided. */
export function testBits(field: BitField, test: BitTest, mask: number, value: number): Match | null {
  const looked = test === 'in' || test === '!' ? and32(mask, value) : mask;
  if (and32(looked, not32(field.known)) !== 0) return null;
  return field.having(field.values.filter((one) => HOLDS[test](and32(one, mask), value)));
}

const HOLDS: Readonly<Record<BitTest, (masked: number, value: number) => boolean>> = {
  '==': (masked, value) => masked === value,
  '!=': (masked, value) => masked !== value,
  in: (masked, value) => and32(masked, value) !== 0,
  '!': (masked, value) => and32(masked, value) === 0,
};

const SYN = 0x02;

/** RFC 9293, 3.1, and RFC 3168, 6.1.1: a SYN that asks for ECN has ECE and CWR. */
const TCP_NAMES = wordTable<number>({
  fin: 0x01,
  syn: SYN,
  rst: 0x04,
  psh: 0x08,
  ack: 0x10,
  urg: 0x20,
  ecn: 0x40,
  ece: 0x40,
  cwr: 0x80,
});

export const TCP_FLAGS: BitField = {
  names: TCP_NAMES,
  known: 0xff,
  values: [SYN, SYN | 0x40, SYN | 0x80, SYN | 0xc0],
  having: (values) =>
    values.length === 0 || values.length === TCP_FLAGS.values.length ? constant(values.length > 0) : null,
};

/** linux/netfilter/nf_conntrack_common.h: NF_CT_STATE_BIT, of which a packet has one. */
const STATES: readonly (readonly [ConnectionState, number])[] = [
  ['INVALID', 1],
  ['ESTABLISHED', 2],
  ['RELATED', 4],
  ['NEW', 8],
  ['UNTRACKED', 64],
];

export const CT_STATE: BitField = {
  names: wordTable(Object.fromEntries(STATES.map(([name, bit]) => [name.toLowerCase(), bit]))),
  known: 0xffffffff,
  values: STATES.map(([, bit]) => bit),
  having: (values) => ({
    kind: 'state',
    states: STATES.flatMap(([name, bit]) => (values.includes(bit) ? [name] : [])),
    not: false,
  }),
};

const [SRC_NAT, DST_NAT] = [16, 32];

/**
 * linux/netfilter/nf_conntrack_common.h: enum ip_conntrack_status. Before its first packet has left, a connection that
 * nobody expected has no other bit of these; the kernel's own bits above them are not followed.
 */
export const CT_STATUS: BitField = {
  names: wordTable<number>({
    expected: 1,
    'seen-reply': 2,
    seen_reply: 2,
    assured: 4,
    confirmed: 8,
    snat: SRC_NAT,
    dnat: DST_NAT,
  }),
  known: 0x3f,
  values: [0, SRC_NAT, DST_NAT, SRC_NAT + DST_NAT],
  having: (values) => {
    if (values.length === 0 || values.length === CT_STATUS.values.length) return constant(values.length > 0);
    // one bit is enough wherever it is: the other may not be known
    const alone = LITERALS.filter((literal) => CT_STATUS.values.filter(literal.holds).every(isIn(values)));
    const left = values.filter((value) => !alone.some(({ holds }) => holds(value)));
    const rows = [
      ...alone.map(({ match }) => [match]),
      ...left.map((value) => LITERALS.flatMap(({ holds, match }) => (holds(value) ? [match] : []))),
    ];
    return { kind: 'any', rows, not: false };
  },
};

const isIn = (values: readonly number[]) => (value: number) => values.includes(value);

const LITERALS = (
  [
    ['SNAT', SRC_NAT],
    ['DNAT', DST_NAT],
  ] as const
).flatMap(([name, bit]) =>
  [false, true].map((not) => ({
    holds: (value: number) => (and32(value, bit) === 0) === not,
    match: { kind: 'state', states: [name], not } satisfies Match as Match,
  })),
);
