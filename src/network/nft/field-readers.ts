/** Reads the match of a field of nft's rules, by the values that it is compared with. */
import type { Json } from '../../model.ts';
import { wordTable } from '../../word-table.ts';
import { ALL4, ALL6, unionOf } from '../addresses.ts';
import { type BitField, type BitTest, testBits } from '../bit-fields.ts';
import { and32, not32 } from '../fields.ts';
import type { Ranges } from '../ranges.ts';
import type { Match, Side } from '../ruleset.ts';
import { asNumber, asProtocol, readAddresses, readBits, readInterfaces, readNumbers } from './values.ts';

/** A field of the packet. */
export interface Field {
  /** The matches that must hold before the field can be looked at: `tcp dport` means that the packet is TCP. */
  needs: Match[];
  /** Returns the match that holds when the field has one of these values; null when the values can't be read. */
  read(values: readonly Json[]): Match | null;
  /** Returns the match of a test of bits; null when it can't be read, or when bits mean nothing in the field. */
  test(test: BitTest, value: Json): Match | null;
}

const NO_BITS: Field['test'] = () => null;
export const NOT_READ: Field['read'] = () => null;

export const simple = (read: Field['read'], test: Field['test'] = NO_BITS): Field => ({
  needs: [],
  read,
  test,
});

export const after = (needs: Match, { read, test }: Pick<Field, 'read' | 'test'>): Field => ({
  needs: [needs],
  read,
  test,
});

/** A field of packets of a connection that conntrack knows; the first of it is NEW. */
export const connected = (read: Field['read'], test: Field['test'] = NO_BITS): Field =>
  after({ kind: 'state', states: ['NEW'], not: false }, { read, test });

export const familyField = (family: 'ip' | 'ip6', read: Field['read']): Field =>
  after(isFamily(family), { read, test: NO_BITS });

export const isFamily = (family: 'ip' | 'ip6'): Match => ({
  kind: 'address',
  side: 'source',
  set: family === 'ip' ? ALL4 : ALL6,
  not: false,
});

export const isProtocol = (number: number): Match => ({
  kind: 'protocol',
  protocols: [number, number],
  not: false,
});

/** Reads the tests of a field of bits, of which `mask` are looked at. */
export function ofBits({ names, ...field }: BitField, mask: number): Pick<Field, 'read' | 'test'> {
  const numberOf = (value: Json) => readBits(value, names);
  const test: Field['test'] = (kind, value) => {
    const number = numberOf(value);
    return number === null ? null : testBits({ names, ...field }, kind, mask, number);
  };
  const read: Field['read'] = (values) => {
    const matches = values.map((value) => test('==', value));
    if (!matches.every((match) => match !== null)) return null;
    const [first, second] = matches;
    return first && !second
      ? first
      : { kind: 'any', rows: matches.map((match) => [match as Match]), not: false };
  };
  return { read, test };
}

export const ALL_BITS = 0xffffffff;

export const addressOn =
  (side: Side): Field['read'] =>
  (values) => {
    const set = readAddresses(values);
    return set && { kind: 'address', side, set, not: false };
  };

export const portOn =
  (side: Side): Field['read'] =>
  (values) => {
    const ports = readNumbers(values, asNumber);
    return ports && { kind: 'port', side, ports, not: false };
  };

export const protocolIs: Field['read'] = (values) => {
  const protocols = readNumbers(values, asProtocol);
  return protocols && { kind: 'protocol', protocols, not: false };
};

export const interfaceIs =
  (side: 'in' | 'out'): Field['read'] =>
  (values) => {
    const patterns = readInterfaces(values);
    return patterns && { kind: 'interface', side, patterns, not: false };
  };

export const familyIs: Field['read'] = (values) => {
  const sets = values.map((value) => FAMILIES[String(value)]);
  if (!sets.every((set) => set !== undefined)) return null;
  return { kind: 'address', side: 'source', set: unionOf(sets), not: false };
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

const markHas =
  (of: 'packet' | 'connection', mask: number): Field['test'] =>
  (test, value) => {
    const number = asNumber(value);
    if (number === null || (test !== 'in' && test !== '!')) return null;
    return { kind: 'mark', of, value: 0, mask: and32(number, mask), not: test === 'in' };
  };

/** A mark, of which the bits of `mask` are looked at. */
export const markField = (of: 'packet' | 'connection', mask: number) =>
  simple(markIs(of, mask), markHas(of, mask));

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
