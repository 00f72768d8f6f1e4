/**
 * nft makes one range of two comparisons that stand side by side, and prints that: of each pair of operators, fields and
 * values, what is read of its print says what the rule asks for, or that it is not known.
 */
import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { parseAddress } from '../../src/network/address-text.ts';
import { readRuleset } from '../../src/network/ruleset-text.ts';
import { natTracer } from '../../src/network/trace/nat.ts';
import { describeWhere } from '../needs.ts';

const VERSIONS = ['nft', 'nft-trixie'];

/** What is asked of a field: its words, the word for a number, and the number that a packet has. */
interface Compared {
  words: string;
  print: (value: number) => string;
  of: (packet: Packet) => number;
}

interface Packet {
  source: number;
  destination: number;
  sport: number;
  dport: number;
  mark: number;
}

const address = (value: number) => `10.0.0.${value}`;
const FIELDS: Compared[] = [
  { words: 'ip saddr', print: address, of: ({ source }) => source },
  { words: 'ip daddr', print: address, of: ({ destination }) => destination },
  { words: 'tcp sport', print: String, of: ({ sport }) => sport },
  { words: 'tcp dport', print: String, of: ({ dport }) => dport },
  { words: 'meta mark', print: String, of: ({ mark }) => mark },
];
const OPERATORS: Record<string, (a: number, b: number) => boolean> = {
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
};
const VALUES = [
  [20, 11],
  [11, 20],
  [20, 20],
] as const;
const SEEN = [10, 11, 15, 20, 21];

interface Pair {
  text: string;
  asks: (packet: Packet) => boolean;
  /** True where nft prints what it prints for another rule, one that is a range. */
  isHidden: boolean;
}

const isSameKind = (a: Compared, b: Compared) => a.words.split(' ')[0] === b.words.split(' ')[0];

const PAIRS: Pair[] = FIELDS.flatMap((a) =>
  FIELDS.filter((b) => isSameKind(a, b)).flatMap((b) =>
    Object.keys(OPERATORS).flatMap((first) =>
      Object.keys(OPERATORS).flatMap((second) =>
        VALUES.map(([one, other]): Pair => {
          const merges = (first === '<' && second === '>') || (first === '>=' && second === '<=');
          return {
            text: `${a.words} ${first} ${a.print(one)} ${b.words} ${second} ${b.print(other)}`,
            asks: (packet) => OPERATORS[first]!(a.of(packet), one) && OPERATORS[second]!(b.of(packet), other),
            isHidden: merges && one <= other && !(a === b && first === '>='),
          };
        }),
      ),
    ),
  ),
);

/** Two values for each pair of fields, all others as they are in no rule. */
const PACKETS: Packet[] = SEEN.flatMap((a) =>
  SEEN.map((b) => ({ source: a, destination: b, sport: a, dport: b, mark: a })),
);

/** What this nft prints of a rule for each of the pairs, as text and as JSON. */
function printed(nft: string, pairs: readonly Pair[]): string[] {
  const chains = pairs.map(
    ({ text }, i) =>
      `table ip t${i} {\n chain post {\n type nat hook postrouting priority 100\n ${text} masquerade\n }\n}`,
  );
  const script = `${nft} -f - && ${nft} list ruleset && echo -- && ${nft} -j list ruleset`;
  const env = { PATH: `${process.env.PATH}:/usr/sbin:/sbin` };
  const out = execFileSync('unshare', ['--net', 'sh', '-ec', script], {
    input: chains.join('\n'),
    env,
    encoding: 'utf8',
    maxBuffer: 1 << 27,
  });
  return out.split('--\n');
}

/** The rulesets of one table each. */
function apart(listing: string): string[] {
  if (!listing.startsWith('{')) return listing.split(/(?<=^}\n)/m);
  const { nftables } = JSON.parse(listing) as {
    nftables: Record<string, { table?: string; name?: string }>[];
  };
  const [metainfo, ...objects] = nftables;
  const tables = new Map<string, unknown[]>();
  for (const object of objects) {
    const [kind, body] = Object.entries(object)[0]!;
    const name = (kind === 'table' ? body.name : body.table)!;
    tables.set(name, [...(tables.get(name) ?? [metainfo]), object]);
  }
  return [...tables.values()].map((list) => JSON.stringify({ nftables: list }));
}

describeWhere({ root: true, programs: ['unshare', ...VERSIONS] }, 'two comparisons side by side', () => {
  it.each(VERSIONS)('%s', (nft) => {
    const pairs = PAIRS.filter(({ isHidden }) => !isHidden);
    let sure = 0;
    for (const listing of printed(nft, pairs)) {
      const rulesets = apart(listing);
      expect(rulesets).toHaveLength(pairs.length);
      for (const [i, { text, asks }] of pairs.entries()) {
        const trace = natTracer(readRuleset(rulesets[i]!, nft));
        for (const packet of PACKETS) {
          const { action, certain } = trace(sent(packet));
          if (!certain) continue;
          sure++;
          expect([text, packet, action]).toEqual([text, packet, asks(packet) ? 'masquerade' : 'none']);
        }
      }
    }
    // those that are printed as a range that goes down are not known, few of all pairs
    expect(sure).toBeGreaterThan(0.95 * 2 * pairs.length * PACKETS.length);
  });

  it('those that are left out are printed as a range is that somebody may have written', () => {
    for (const nft of VERSIONS) {
      const [text] = printed(
        nft,
        PAIRS.filter(({ isHidden }) => isHidden),
      );
      for (const ruleset of apart(text!)) expect(ruleset).toMatch(/[\da-fx.]+-[\da-fx.]+ masquerade/);
    }
  });
});

const sent = ({ source, destination, sport, dport, mark }: Packet) => ({
  source: parseAddress(address(source))!,
  destination: parseAddress(address(destination))!,
  protocol: 6,
  sourcePort: sport,
  destinationPort: dport,
  mark,
  in: 'eth1',
  out: 'eth0',
  outAddress: parseAddress('203.0.113.1'),
});
