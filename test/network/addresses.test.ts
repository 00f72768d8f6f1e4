import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Address,
  parseAddress,
  parseV6,
  printAddress,
  printV6,
} from '../../src/network/address-text.ts';
import {
  type AddressSet,
  complement,
  contains,
  covers,
  difference,
  equals,
  intersection,
  intersects,
  isEmpty,
  parseAddresses,
  printAddresses,
  rangeSet,
  size,
  toCidrs,
  union,
  unionOf,
} from '../../src/network/addresses.ts';

const BASE4 = 0x0a000000;
const BASE6 = 0x20010db8n << 96n;
// a small window, so that sets meet, touch and miss each other often
const WINDOW = 40;

const address: fc.Arbitrary<Address> = fc
  .tuple(fc.boolean(), fc.integer({ min: 0, max: WINDOW - 1 }))
  .map(([six, at]) => (six ? { family: 6, value: BASE6 + BigInt(at) } : { family: 4, value: BASE4 + at }));
const everyAddress: Address[] = Array.from({ length: WINDOW }, (_, at) => at).flatMap((at): Address[] => [
  { family: 4, value: BASE4 + at },
  { family: 6, value: BASE6 + BigInt(at) },
]);

const piece = fc
  .tuple(address, fc.integer({ min: 0, max: 6 }))
  .map(([low, length]) =>
    low.family === 4
      ? rangeSet(low, { family: 4, value: low.value + length })!
      : rangeSet(low, { family: 6, value: low.value + BigInt(length) })!,
  );
const set: fc.Arbitrary<AddressSet> = fc.array(piece, { maxLength: 8 }).map((pieces) => unionOf(pieces));

const members = (of: AddressSet) => everyAddress.filter((a) => contains(of, a)).map(printAddress);

describe('sets of addresses are sets', () => {
  test('operations agree with membership', () => {
    fc.assert(
      fc.property(set, set, (a, b) => {
        const [inA, inB] = [new Set(members(a)), new Set(members(b))];
        expect(members(union(a, b))).toEqual(members(unionOf([b, a])));
        expect(new Set(members(union(a, b)))).toEqual(new Set([...inA, ...inB]));
        expect(members(intersection(a, b))).toEqual([...inA].filter((x) => inB.has(x)));
        expect(members(difference(a, b))).toEqual([...inA].filter((x) => !inB.has(x)));
        expect(intersects(a, b)).toBe(!isEmpty(intersection(a, b)));
        expect(covers(a, b)).toBe([...inB].every((x) => inA.has(x)) && equals(intersection(a, b), b));
      }),
      { numRuns: 1000 },
    );
  });

  test('equal sets have equal ranges, however they were made', () => {
    fc.assert(
      fc.property(set, set, set, (a, b, c) => {
        expect(union(intersection(a, b), difference(a, b))).toEqual(a);
        expect(complement(complement(a))).toEqual(a);
        expect(intersection(a, union(b, c))).toEqual(union(intersection(a, b), intersection(a, c)));
        expect(difference(a, union(b, c))).toEqual(difference(difference(a, b), c));
        expect(size(union(a, b)) + size(intersection(a, b))).toBe(size(a) + size(b));
      }),
      { numRuns: 500 },
    );
  });

  test('CIDRs make up the set, disjoint and no two of them one', () => {
    fc.assert(
      fc.property(set, (a) => {
        const cidrs = toCidrs(a).map((cidr) => parseAddresses(cidr)!);
        expect(unionOf(cidrs)).toEqual(a);
        expect(cidrs.reduce((sum, cidr) => sum + size(cidr), 0n)).toBe(size(a));
      }),
    );
  });

  test('thousands of CIDRs', () => {
    const many = (offset: number) =>
      unionOf(
        Array.from({ length: 5000 }, (_, i) => parseAddresses(`10.${i >> 8}.${i & 255}.${offset}/30`)!),
      );
    const [a, b] = [many(0), many(2)];
    expect(size(union(a, b))).toBe(20000n);
    expect(isEmpty(difference(a, b))).toBe(true);
  });
});

describe('text', () => {
  test.each([
    ['10.1.2.3', ['10.1.2.3']],
    ['10.1.2.3/8', ['10.0.0.0/8']],
    ['0.0.0.0/0', ['0.0.0.0/0']],
    ['10.0.0.0/255.255.0.0', ['10.0.0.0/16']],
    ['10.0.0.1/255.0.0.255', ['65536 of them']],
    ['10.0.0.0/255.255.255.253', ['10.0.0.0', '10.0.0.2']],
    ['192.168.1.4-192.168.1.9', ['192.168.1.4/30', '192.168.1.8/31']],
    ['2001:DB8::1/32', ['2001:db8::/32']],
    ['::/0', ['::/0']],
    ['fe80::-fe80::3', ['fe80::/126']],
    ['2001:db8::/ffff:ffff::', ['2001:db8::/32']],
    ['::ffff:192.0.2.1', ['::ffff:192.0.2.1']],
  ])('%s', (text, cidrs) => {
    const parsed = parseAddresses(text);
    if (cidrs[0] === '65536 of them') expect(parsed).toBeNull();
    else expect(parsed && toCidrs(parsed)).toEqual(cidrs);
  });

  test.each([
    '',
    '10.0.0',
    '10.0.0.256',
    '10.0.0.0/33',
    '1:2:3',
    ':::',
    '1::2::3',
    '12345::',
    '::/129',
    '10.0.0.9-10.0.0.1',
    'any',
    '1:2:3:4:5:6:7:8:9',
    '10.0.0.1-::1',
  ])('%j is no address', (text) => expect(parseAddresses(text)).toBeNull());

  test.each([
    ['0:0:0:0:0:0:0:0', '::'],
    ['2001:0db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['fd79:35e2::8f3f', 'fd79:35e2::8f3f'],
    ['1:0:0:0:0:0:0:0', '1::'],
  ])('%s is written %s', (text, written) => expect(printV6(parseV6(text)!)).toBe(written));

  test('what is printed is read back', () => {
    const any = fc.oneof(
      fc.integer({ min: 0, max: 2 ** 32 - 1 }).map((value): Address => ({ family: 4, value })),
      fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }).map((value): Address => ({ family: 6, value })),
    );
    fc.assert(
      fc.property(any, (a) => {
        expect(parseAddress(printAddress(a))).toEqual(a);
      }),
    );
    fc.assert(
      fc.property(fc.ipV6(), (text) => {
        expect(parseV6(printV6(parseV6(text)!))).toBe(parseV6(text));
      }),
    );
  });

  test('long sets are cut short for people', () => {
    const set = unionOf(['10.0.0.1', '10.0.0.3', '10.0.0.5'].map((a) => parseAddresses(a)!));
    expect(printAddresses(set, 2)).toBe('10.0.0.1, 10.0.0.3 and 1 more');
  });
});
