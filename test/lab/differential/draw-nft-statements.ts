/** Draws what rules of nftables do. */
import fc from 'fast-check';
import { firstField, ip, mark, mask, words } from './draw-nft-matches.ts';
import {
  destination,
  network,
  PORTS,
  pools,
  portRange,
  range,
  source,
  type Version,
  virtualAddress,
} from './universe.ts';

type Text = fc.Arbitrary<string>;

/** `{ KEY : VALUE, ... }`, each key once. */
const mapOf = (key: Text, value: Text, most = 4): Text =>
  fc
    .uniqueArray(key, { minLength: 1, maxLength: most })
    .chain((keys) => fc.tuple(...keys.map((one) => value.map((to) => `${one} : ${to}`))))
    .map((pairs) => `{ ${pairs.join(', ')} }`);

/** A different mark for some sources. */
const markOfSource = (version: Version): Text =>
  fc.oneof(
    words(`meta mark set ${ip(version)} saddr map`, mapOf(source(version), mark)),
    fc.constant(`meta mark set ${ip(version)} saddr map @marks${version}`),
    words(
      `meta mark set ${ip(version)} daddr . th dport map`,
      mapOf(
        fc.tuple(destination(version), fc.constantFrom(...PORTS)).map((key) => key.join(' . ')),
        mark,
      ),
    ),
  );

export const setMark: Text = fc.oneof(
  words('meta mark set', mark),
  words('meta mark set meta mark or', mark),
  words('meta mark set meta mark and', mask),
  words('meta mark set meta mark xor', mark),
  words('meta mark set meta mark and', mask, 'xor', mark),
  words('meta mark set meta mark and', mask, 'or', mark),
  words('ct mark set', mark),
  words('ct mark set ct mark or', mark),
  words('ct mark set ct mark and', mask, 'xor', mark),
  fc.constantFrom('meta mark set ct mark', 'ct mark set meta mark', 'ct mark set meta mark and 0x3'),
);

export const marking = (version: Version): Text =>
  fc.oneof({ weight: 2, arbitrary: setMark }, { weight: 1, arbitrary: markOfSource(version) });

const flags = fc.constantFrom('', 'random', 'fully-random', 'persistent');
const bracketed = (version: Version) => (address: string) => (version === 4 ? address : `[${address}]`);

export function snat(version: Version): Text {
  const family = ip(version);
  const to = version === 4 ? '192.0.2.7:1001-2000' : '[2001:db8::7]:1001-2000';
  const prefix = version === 4 ? '10.1.2.0/24 : 192.0.2.0/24' : 'fd01::2:0/112 : 2001:db8:9::/112';
  return fc.oneof(
    { weight: 3, arbitrary: words('masquerade', fc.constantFrom('', 'random', 'fully-random')) },
    { weight: 3, arbitrary: words(`snat ${family} to`, pools(version), flags) },
    {
      weight: 2,
      arbitrary: words(
        `snat ${family} to ${family} saddr map`,
        mapOf(
          source(version),
          pools(version).map((pool) => pool.split('-')[0]!),
        ),
      ),
    },
    { weight: 1, arbitrary: fc.constant(`meta l4proto PROTOCOL snat ${family} to ${to}`) },
    { weight: 1, arbitrary: fc.constant('meta l4proto PROTOCOL masquerade to :2000-30000') },
    { weight: 1, arbitrary: fc.constant(`snat ${family} prefix to ${family} saddr map { ${prefix} }`) },
  );
}

const ports = portRange(PORTS).map(([low, high]) => (low === high ? `${low}` : `${low}-${high}`));

export function dnat(version: Version): Text {
  const family = ip(version);
  const to = fc.oneof(
    { weight: 4, arbitrary: destination(version) },
    { weight: 1, arbitrary: virtualAddress(version) },
  );
  const where = fc.oneof(destination(version), virtualAddress(version));
  const place = fc.tuple(to, fc.constantFrom(...PORTS)).map((pair) => pair.join(' . '));
  const prefix = version === 4 ? '10.80.0.0/24 : 10.50.0.0/24' : 'fd80::/112 : fd50::/112';
  return fc.oneof(
    { weight: 3, arbitrary: words(`dnat ${family} to`, to) },
    {
      weight: 3,
      arbitrary: fc
        .tuple(to.map(bracketed(version)), ports)
        .map(([address, port]) => `meta l4proto PROTOCOL dnat ${family} to ${address}:${port}`),
    },
    { weight: 1, arbitrary: words(`dnat ${family} to`, range(version, 'destination'), flags) },
    {
      weight: 1,
      arbitrary: words(
        'meta l4proto PROTOCOL dnat to',
        ports.map((port) => `:${port}`),
      ),
    },
    { weight: 1, arbitrary: words(`dnat ${family} to numgen random mod 2 map`, numbered(to)) },
    { weight: 2, arbitrary: words(`dnat ${family} to ${family} daddr map`, mapOf(where, to)) },
    {
      weight: 2,
      arbitrary: words(
        `meta l4proto PROTOCOL dnat ${family} to ${family} daddr . th dport map`,
        mapOf(
          fc.tuple(where, fc.constantFrom(...PORTS)).map((key) => key.join(' . ')),
          place,
        ),
      ),
    },
    { weight: 1, arbitrary: fc.constant(`dnat ${family} to ${family} daddr map @homes${version}`) },
    { weight: 1, arbitrary: fc.constant(`dnat ${family} prefix to ${family} daddr map { ${prefix} }`) },
    { weight: 1, arbitrary: fc.constant('redirect') },
    {
      weight: 2,
      arbitrary: words(
        'meta l4proto PROTOCOL redirect to',
        ports.map((port) => `:${port}`),
      ),
    },
  );
}

const numbered = (value: Text): Text => fc.tuple(value, value).map(([a, b]) => `{ 0 : ${a}, 1 : ${b} }`);

/** Jumps, gotos and verdicts by what packets are. */
export function verdictMap(version: Version, later: readonly string[]): Text {
  const family = ip(version);
  const verdict = fc.constantFrom(
    'accept',
    'return',
    'continue',
    'drop',
    ...later.flatMap((name) => [`jump ${name}`, `goto ${name}`, `jump ${name}`, `goto ${name}`]),
  );
  const key = (...parts: Text[]): Text => fc.tuple(...parts).map((list) => list.join(' . '));
  const protocol = fc.constantFrom('tcp', 'udp');
  const port = fc.constantFrom(...PORTS.map(String));
  return fc.oneof(
    words(`${family} daddr vmap`, mapOf(destination(version), verdict)),
    words(
      `${family} daddr . meta l4proto . th dport vmap`,
      mapOf(key(destination(version), protocol, port), verdict),
    ),
    words(
      `${family} saddr . th dport vmap`,
      mapOf(key(fc.constantFrom(...disjoint(version)), fc.constantFrom('0-79', '80-443', '5432')), verdict),
    ),
    words('numgen random mod 2 vmap', numbered(verdict)),
    words('meta mark vmap', mapOf(mark, verdict)),
    words('meta l4proto vmap', mapOf(protocol, verdict)),
    words('th dport vmap', mapOf(fc.constantFrom('0-79', '80', '81-443', '1000-65535'), verdict)),
    words('ct state vmap', mapOf(fc.constantFrom('new', 'established', 'related', 'invalid'), verdict)),
    words(`${family} saddr vmap`, mapOf(fc.constantFrom(...disjoint(version)), verdict)),
  );
}

const disjoint = (version: Version) =>
  version === 4
    ? ['10.1.0.0/24', '10.1.1.0-10.1.1.2', '10.1.2.0/23', '10.2.0.0/31']
    : ['fd01::/112', 'fd01::1:1-fd01::1:3', 'fd01::2:0/111', 'fd02::/127'];

/** The hooks that reject may stand in (nft_reject_inet.c). */
const REJECTS: ReadonlySet<string> = new Set(['input', 'forward', 'output']);

/** Verdicts, and statements that let packets go on. */
export const plain = (hook: string, later: readonly string[]): Text =>
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.constantFrom(
        'accept',
        'return',
        'counter',
        ...later.flatMap((name) => [`jump ${name}`, `goto ${name}`]),
      ),
    },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        'log prefix "a drop "',
        'counter log',
        'meta priority set 1:1',
        'TCP option maxseg size set 1400',
        'drop',
        ...(REJECTS.has(hook) ? ['reject'] : []),
      ),
    },
  );

/** Named sets and maps that rules of this version may ask. */
export const namedSets = (version: Version): fc.Arbitrary<string> => {
  const type = version === 4 ? 'ipv4_addr' : 'ipv6_addr';
  const list = (item: Text) =>
    fc
      .uniqueArray(item, { minLength: 1, maxLength: 4, selector: firstField })
      .map((items) => items.join(', '));
  const key = (...parts: Text[]): Text => fc.tuple(...parts).map((items) => items.join(' . '));
  const port = fc.constantFrom(...PORTS.map(String));
  const inner = (map: Text) => map.map((text) => text.slice(2, -2));
  return fc
    .tuple(
      list(network(version, 'source')),
      list(key(source(version), port)),
      list(
        key(fc.constantFrom(...disjoint(version)), destination(version), fc.constantFrom('53-443', '5432')),
      ),
      inner(mapOf(source(version), mark)),
      inner(mapOf(fc.oneof(destination(version), virtualAddress(version)), destination(version))),
    )
    .map(([nets, pairs, wide, marks, homes]) =>
      [
        `set nets${version} { type ${type}; flags interval; auto-merge; elements = { ${nets} }; }`,
        `set pairs${version} { type ${type} . inet_service; elements = { ${pairs} }; }`,
        `set wide${version} { type ${type} . ${type} . inet_service; flags interval; elements = { ${wide} }; }`,
        `map marks${version} { type ${type} : mark; elements = { ${marks} }; }`,
        `map homes${version} { type ${type} : ${type}; elements = { ${homes} }; }`,
      ]
        .map((line) => `  ${line}`)
        .join('\n'),
    );
};
