/**
 * Draws the conditions of nftables' rules. PROTOCOL stands for the protocol of the rule, of which there can be only one;
 * a condition that says TCP makes it that.
 */
import fc from 'fast-check';
import {
  destination,
  hex,
  MARKS,
  MASKS,
  network,
  PORTS,
  portRange,
  range,
  SOURCE_PORTS,
  source,
  type Version,
  virtualAddress,
} from './universe.ts';

type Text = fc.Arbitrary<string>;

export const words = (...parts: (Text | string)[]): Text =>
  fc
    .tuple(...parts.map((part) => (typeof part === 'string' ? fc.constant(part) : part)))
    .map((list) => list.join(' '));
const not = fc.constantFrom('', '!=');
export const mark = fc.constantFrom(...MARKS).map(hex);
export const mask = fc.constantFrom(...MASKS).map(hex);
const setOf = (item: Text): Text =>
  fc
    .uniqueArray(item, { minLength: 1, maxLength: 4, selector: firstField })
    .map((list) => `{ ${list.join(', ')} }`);
/** Of elements that are intervals, no two may overlap: of a concatenation, the first field is another in each. */
export const firstField = (element: string) => element.split(' . ')[0];
export const ip = (version: Version) => (version === 4 ? 'ip' : 'ip6');

const INPUTS = ['"in0"', '"in*"', '{ "in0", "in1" }', '"out0"', '"lo"'];
const OUTPUTS = ['"out0"', '"out1"', '"out*"', '{ "out0" }', '"lo"'];

/** What packets that have passed through a hook can be asked: the names of their interfaces. */
const sidesAt = (hook: string): ('iif' | 'oif')[] =>
  hook === 'forward' ? ['iif', 'oif'] : hook === 'prerouting' || hook === 'input' ? ['iif'] : ['oif'];

export function match(version: Version, hook: string): Text {
  return fc.oneof(
    { weight: 12, arbitrary: addressMatch(version) },
    { weight: 8, arbitrary: transportMatch(version) },
    { weight: 5, arbitrary: markMatch },
    { weight: 3, arbitrary: fc.constantFrom(...sidesAt(hook)).chain(interfaceMatch(version)) },
    { weight: 4, arbitrary: connectionMatch(version) },
    { weight: 1, arbitrary: words('fib', fc.constantFrom('saddr', 'daddr'), 'type', not, 'local') },
    {
      weight: 1,
      arbitrary: fc.constantFrom('limit rate 1/hour burst 5 packets', 'numgen random mod 2 == 0'),
    },
  );
}

function addressMatch(version: Version): Text {
  const family = ip(version);
  return fc.oneof(
    { weight: 3, arbitrary: words(`${family} saddr`, not, network(version, 'source')) },
    { weight: 3, arbitrary: words(`${family} daddr`, not, network(version, 'destination')) },
    { weight: 2, arbitrary: words(`${family} saddr`, not, setOf(source(version))) },
    { weight: 1, arbitrary: words(`${family} daddr`, not, setOf(range(version, 'destination'))) },
    { weight: 1, arbitrary: words(`${family} daddr`, not, virtualAddress(version)) },
    { weight: 1, arbitrary: words(`${family} saddr`, not, range(version, 'source')) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        `${family} saddr @nets${version}`,
        `${family} saddr != @nets${version}`,
        `${family} saddr . th dport @pairs${version}`,
        `${family} saddr . ${family} daddr . th dport @wide${version}`,
      ),
    },
    {
      weight: 1,
      arbitrary: words(`${family} daddr . meta l4proto . th dport`, not, setOf(servicesOf(version))),
    },
  );
}

function servicesOf(version: Version): Text {
  return fc
    .tuple(destination(version), fc.constantFrom('tcp', 'udp'), fc.constantFrom('53', '80-443', '0-65535'))
    .map((key) => key.join(' . '));
}

function transportMatch(version: Version): Text {
  return fc.oneof(
    { weight: 2, arbitrary: fc.constantFrom('meta l4proto PROTOCOL', 'meta l4proto { PROTOCOL }') },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        'meta l4proto != PROTOCOL',
        version === 4 ? 'ip protocol PROTOCOL' : 'ip6 nexthdr PROTOCOL',
        'TCP flags syn',
        'TCP flags & (fin | syn | rst | ack) == syn',
        'TCP flags & (syn | ack) != syn',
        'TCP flags syn / fin,syn,rst,ack',
      ),
    },
    {
      weight: 3,
      arbitrary: words(
        fc.constantFrom('PROTOCOL dport', 'PROTOCOL dport', 'th dport'),
        not,
        setOf(fc.constantFrom(...PORTS).map(String)),
      ),
    },
    {
      weight: 1,
      arbitrary: words(
        'PROTOCOL sport',
        not,
        portRange(SOURCE_PORTS).map(([a, b]) => (a === b ? `${a}` : `${a}-${b}`)),
      ),
    },
    {
      weight: 1,
      arbitrary: words(
        'th sport',
        fc.constantFrom('>', '<', '>=', '<='),
        fc.constantFrom(...SOURCE_PORTS).map(String),
      ),
    },
  );
}

const markMatch: Text = fc.oneof(
  { weight: 2, arbitrary: words('meta mark &', mask, fc.constantFrom('==', '!='), mark) },
  { weight: 1, arbitrary: words('meta mark', not, mark) },
  {
    weight: 1,
    arbitrary: words('meta mark', not, fc.constantFrom('0x1-0x3', '0x2-0x4000', '{ 0x0, 0x2-0x9 }')),
  },
  { weight: 1, arbitrary: words('meta mark &', mask, not, setOf(mark)) },
  { weight: 1, arbitrary: words('ct mark', not, mark) },
  { weight: 1, arbitrary: words('ct mark &', mask, fc.constantFrom('==', '!='), mark) },
);

const interfaceMatch =
  (version: Version) =>
  (side: 'iif' | 'oif'): Text => {
    const names = side === 'iif' ? INPUTS : OUTPUTS;
    return fc.oneof(
      { weight: 3, arbitrary: words(`${side}name`, not, fc.constantFrom(...names)) },
      { weight: 1, arbitrary: words(side, not, fc.constantFrom('"in0"', '"out0"', '"lo"')) },
      {
        weight: 1,
        arbitrary: words(
          `${side}name . ${ip(version)} daddr`,
          not,
          setOf(
            fc
              .tuple(fc.constantFrom('"in0"', '"in1"', '"out0"'), destination(version))
              .map((key) => key.join(' . ')),
          ),
        ),
      },
    );
  };

function connectionMatch(version: Version): Text {
  const original = `ct original ${ip(version)}`;
  return fc.oneof(
    {
      weight: 3,
      arbitrary: fc.constantFrom(
        'ct state new',
        'ct state established,related',
        'ct state { new, untracked }',
        'ct state invalid',
        'ct state untracked',
        'ct state != new',
        'ct state & (established | related) != 0',
      ),
    },
    { weight: 1, arbitrary: words(`${original} daddr`, not, network(version, 'destination')) },
    { weight: 1, arbitrary: words(`${original} saddr`, not, network(version, 'source')) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        'ct status dnat',
        'ct status snat',
        'ct direction original',
        'ct direction reply',
      ),
    },
  );
}
