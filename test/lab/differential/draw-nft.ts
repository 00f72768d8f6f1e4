/** Draws tables of nftables, as `nft -f` reads them. */
import fc from 'fast-check';
import {
  destination,
  hex,
  MARKS,
  MASKS,
  network,
  PORTS,
  pools,
  portRange,
  SOURCE_PORTS,
  source,
  type Version,
} from './universe.ts';

type Text = fc.Arbitrary<string>;

const words = (...parts: (Text | string)[]): Text =>
  fc
    .tuple(...parts.map((part) => (typeof part === 'string' ? fc.constant(part) : part)))
    .map((list) => list.join(' '));
const not = fc.constantFrom('', '!=');
const mark = fc.constantFrom(...MARKS).map(hex);
const mask = fc.constantFrom(...MASKS).map(hex);
const setOf = (item: Text): Text =>
  fc.uniqueArray(item, { minLength: 1, maxLength: 4 }).map((list) => `{ ${list.join(', ')} }`);
const ip = (version: Version) => (version === 4 ? 'ip' : 'ip6');

function match(version: Version, hook: string): Text {
  const family = ip(version);
  const name = hook === 'prerouting' ? 'iifname' : 'oifname';
  const devices =
    hook === 'prerouting'
      ? ['"in0"', '"in*"', '{ "in0", "in1" }']
      : ['"out0"', '"out1"', '"out*"', '{ "out0" }'];
  return fc.oneof(
    { weight: 3, arbitrary: words(`${family} saddr`, not, network(version, 'source')) },
    { weight: 3, arbitrary: words(`${family} daddr`, not, network(version, 'destination')) },
    { weight: 2, arbitrary: words(`${family} saddr`, not, setOf(source(version))) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        `${family} saddr @nets`,
        `${family} saddr != @nets`,
        `${family} saddr . th dport @pairs`,
      ),
    },
    {
      weight: 2,
      arbitrary: fc.constantFrom('meta l4proto PROTOCOL', 'meta l4proto { PROTOCOL }'),
    },
    {
      weight: 2,
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
    { weight: 2, arbitrary: words('meta mark &', mask, fc.constantFrom('==', '!='), mark) },
    { weight: 1, arbitrary: words('meta mark', not, mark) },
    {
      weight: 1,
      arbitrary: words('meta mark', not, fc.constantFrom('0x1-0x3', '0x2-0x4000', '{ 0x0, 0x2-0x9 }')),
    },
    { weight: 1, arbitrary: words('ct mark', not, mark) },
    { weight: 1, arbitrary: words(name, not, fc.constantFrom(...devices)) },
    { weight: 1, arbitrary: words('ct state', fc.constantFrom('new', 'established,related')) },
    { weight: 1, arbitrary: words(`ct original ${family} daddr`, not, network(version, 'destination')) },
    { weight: 1, arbitrary: words('fib', fc.constantFrom('saddr', 'daddr'), 'type', not, 'local') },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        'limit rate 1/hour burst 5 packets',
        'numgen random mod 2 == 0',
        'ct status dnat',
      ),
    },
  );
}

/** A different mark for some sources. */
const markOfSource = (version: Version): Text =>
  fc
    .uniqueArray(source(version), { minLength: 1, maxLength: 4 })
    .chain((list) => fc.tuple(...list.map((from) => mark.map((value) => `${from} : ${value}`))))
    .map((pairs) => `meta mark set ${ip(version)} saddr map { ${pairs.join(', ')} }`);

const setMark: Text = fc.oneof(
  words('meta mark set', mark),
  words('meta mark set meta mark or', mark),
  words('meta mark set meta mark and', mask),
  words('meta mark set meta mark xor', mark),
  words('meta mark set meta mark and', mask, 'xor', mark),
  words('ct mark set', mark),
  fc.constantFrom('meta mark set ct mark', 'ct mark set meta mark', 'ct mark set meta mark and 0x3'),
);

const flags = fc.constantFrom('', 'random', 'fully-random', 'persistent');

function snat(version: Version): Text {
  const family = ip(version);
  return fc.oneof(
    { weight: 3, arbitrary: words('masquerade', fc.constantFrom('', 'random', 'fully-random')) },
    { weight: 3, arbitrary: words(`snat ${family} to`, pools(version), flags) },
    {
      weight: 2,
      arbitrary: fc
        .uniqueArray(source(version), { minLength: 1, maxLength: 4 })
        .chain((list) =>
          fc.tuple(...list.map((from) => pools(version).map((pool) => `${from} : ${pool.split('-')[0]}`))),
        )
        .map((pairs) => `snat ${family} to ${family} saddr map { ${pairs.join(', ')} }`),
    },
    {
      weight: 1,
      arbitrary: words(
        'meta l4proto PROTOCOL',
        `snat ${family} to`,
        version === 4 ? '192.0.2.7:1001-2000' : '[2001:db8::7]:1001-2000',
      ),
    },
  );
}

function dnat(version: Version): Text {
  const family = ip(version);
  return fc.oneof(
    words(`dnat ${family} to`, destination(version)),
    fc
      .tuple(destination(version), fc.constantFrom(...PORTS))
      .map(
        ([to, port]) => `meta l4proto PROTOCOL dnat ${family} to ${version === 4 ? to : `[${to}]`}:${port}`,
      ),
    fc
      .tuple(destination(version), destination(version))
      .map(([a, b]) => `dnat ${family} to numgen random mod 2 map { 0 : ${a}, 1 : ${b} }`),
  );
}

function verdictMap(version: Version, later: string[]): Text {
  const family = ip(version);
  const verdict = fc.constantFrom(
    'accept',
    'return',
    'continue',
    ...later.flatMap((name) => [`jump ${name}`, `goto ${name}`]),
  );
  return fc.oneof(
    fc
      .uniqueArray(destination(version), { minLength: 1, maxLength: 3 })
      .chain((list) => fc.tuple(...list.map((to) => verdict.map((does) => `${to} : ${does}`))))
      .map((pairs) => `${family} daddr vmap { ${pairs.join(', ')} }`),
    fc
      .uniqueArray(
        fc
          .tuple(destination(version), fc.constantFrom('tcp', 'udp'), fc.constantFrom(...PORTS))
          .map((key) => key.join(' . ')),
        { minLength: 1, maxLength: 4 },
      )
      .chain((list) => fc.tuple(...list.map((key) => verdict.map((does) => `${key} : ${does}`))))
      .map((pairs) => `${family} daddr . meta l4proto . th dport vmap { ${pairs.join(', ')} }`),
    fc.tuple(verdict, verdict).map(([a, b]) => `numgen random mod 2 vmap { 0 : ${a}, 1 : ${b} }`),
  );
}

function rules(kind: string, hook: string, version: Version, later: string[]): fc.Arbitrary<string[]> {
  const flow = fc.constantFrom(
    'accept',
    'return',
    'counter',
    ...later.flatMap((name) => [`jump ${name}`, `goto ${name}`]),
  );
  const own =
    kind === 'nat' ? (hook === 'prerouting' || hook === 'output' ? dnat(version) : snat(version)) : setMark;
  const does = fc.oneof(
    { weight: 4, arbitrary: own },
    { weight: 2, arbitrary: flow },
    { weight: 1, arbitrary: setMark },
    { weight: 1, arbitrary: verdictMap(version, later) },
  );
  const rule = fc
    .tuple(
      fc.array(match(version, hook), { maxLength: 2 }),
      fc.option(fc.oneof(setMark, setMark, markOfSource(version))),
      fc.array(match(version, hook), { maxLength: 1 }),
      does,
      fc.constantFrom('tcp', 'udp'),
    )
    .map(([before, marking, between, last, protocol]) => {
      const parts = [...before, ...(marking ? [marking, ...between] : []), last];
      // nft refuses a rule that asks for two protocols
      return parts.join(' ').replaceAll('PROTOCOL', protocol);
    });
  return fc.array(rule, { maxLength: 4 });
}

/** A base chain and two more, written before what leads to them. */
function chains(kind: string, hook: string, version: Version, priority: Text): Text {
  const own = [1, 2].map((i) => `${kind}-${hook}-${i}`);
  return fc
    .tuple(
      priority,
      fc.constantFrom('accept', 'accept', 'accept', 'accept', 'drop'),
      rules(kind, hook, version, own),
      ...own.map((_, i) => rules(kind, hook, version, own.slice(i + 1))),
    )
    .map(([at, policy, base, ...lists]) => {
      const body = (lines: string[]) => lines.map((line) => `    ${line}`).join('\n');
      const side = own.map((name, i) => `  chain ${name} {\n${body(lists[i]!)}\n  }`).reverse();
      return `${side.join('\n')}\n  chain ${kind}-${hook} {\n    type ${kind} hook ${hook} priority ${at}; policy ${policy}\n${body(base)}\n  }`;
    });
}

/** A table of the family of its version, or of inet. */
export function drawNft(version: Version, name: string): Text {
  const type = version === 4 ? 'ipv4_addr' : 'ipv6_addr';
  const nets = fc
    .uniqueArray(network(version, 'source'), { minLength: 1, maxLength: 3 })
    .map(
      (list) => `  set nets { type ${type}; flags interval; auto-merge; elements = { ${list.join(', ')} }; }`,
    );
  const pairs = fc
    .uniqueArray(
      fc.tuple(source(version), fc.constantFrom(...PORTS)).map((pair) => pair.join(' . ')),
      { minLength: 1, maxLength: 4 },
    )
    .map((list) => `  set pairs { type ${type} . inet_service; elements = { ${list.join(', ')} }; }`);
  const priority = fc.constantFrom('srcnat', 'srcnat', 'srcnat - 5', 'srcnat + 5');
  const sometimes = (arbitrary: Text): Text =>
    fc.oneof({ weight: 2, arbitrary: fc.constant('') }, { weight: 1, arbitrary });
  return fc
    .tuple(
      fc.constantFrom(ip(version), 'inet'),
      nets,
      pairs,
      sometimes(chains('filter', 'prerouting', version, fc.constant('mangle'))),
      sometimes(chains('filter', 'postrouting', version, fc.constantFrom('mangle', 'srcnat - 1'))),
      sometimes(chains('nat', 'prerouting', version, fc.constant('dstnat'))),
      sometimes(
        fc.oneof(
          chains('route', 'output', version, fc.constant('mangle')),
          chains('filter', 'output', version, fc.constantFrom('mangle', 'filter')),
        ),
      ),
      sometimes(chains('nat', 'output', version, fc.constant('-100'))),
      chains('nat', 'postrouting', version, priority),
    )
    .map(
      ([family, ...parts]) =>
        `table ${family} ${name} {\n${parts.filter((part) => part !== '').join('\n')}\n}\n`,
    );
}
