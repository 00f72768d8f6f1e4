/** Draws the conditions of iptables' rules, and the sets that they ask for. */
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
} from './universe.ts';

type Text = fc.Arbitrary<string>;

const not = fc.boolean().map((yes) => (yes ? '! ' : ''));
export const options = (...parts: (Text | string)[]): Text =>
  fc
    .tuple(...parts.map((part) => (typeof part === 'string' ? fc.constant(part) : part)))
    .map((words) => words.join(''));

export const mark = fc.constantFrom(...MARKS).map(hex);
export const maskedMark = fc
  .tuple(mark, fc.constantFrom(...MASKS).map(hex))
  .map(([value, mask]) => `${value}/${mask}`);

/** What a rule may ask where packets have passed through `hook`. */
export function match(version: Version, hook: string): Text {
  return fc.oneof(
    { weight: 4, arbitrary: options(not, '-s ', network(version, 'source')) },
    { weight: 4, arbitrary: options(not, '-d ', network(version, 'destination')) },
    { weight: 1, arbitrary: options('-m iprange ', not, '--src-range ', range(version, 'source')) },
    { weight: 1, arbitrary: options('-m iprange ', not, '--dst-range ', range(version, 'destination')) },
    { weight: 3, arbitrary: options('-m mark ', not, '--mark ', maskedMark) },
    { weight: 1, arbitrary: options('-m connmark ', not, '--mark ', maskedMark) },
    { weight: 2, arbitrary: fc.constantFrom(...waysAt(hook)) },
    { weight: 2, arbitrary: options('-m set ', not, '--match-set ', setAndSides(version)) },
    {
      weight: 1,
      arbitrary: options('-m addrtype ', not, fc.constantFrom('--src-type LOCAL', '--dst-type LOCAL')),
    },
    {
      weight: 1,
      arbitrary: options(
        '-m conntrack ',
        not,
        '--ctstate ',
        fc.constantFrom(
          'NEW',
          'ESTABLISHED,RELATED',
          'NEW,DNAT',
          'DNAT',
          'SNAT',
          'INVALID',
          'UNTRACKED',
          'INVALID,UNTRACKED',
          'RELATED,ESTABLISHED,DNAT',
        ),
      ),
    },
    { weight: 1, arbitrary: options('-m conntrack ', not, '--ctorigdst ', network(version, 'destination')) },
    { weight: 1, arbitrary: options('-m conntrack ', not, '--ctorigsrc ', network(version, 'source')) },
    {
      weight: 1,
      arbitrary: options(
        '-m conntrack ',
        fc.constantFrom('--ctdir ORIGINAL', '--ctdir REPLY', '--ctproto 17'),
      ),
    },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        '-m statistic --mode random --probability 0.5',
        '-m statistic --mode nth --every 2 --packet 0',
        '-m limit --limit 1/hour --limit-burst 5',
        '-m recent --rcheck --name never',
      ),
    },
    { weight: 1, arbitrary: fc.constant('-m comment --comment "it \\"says\\" -j DROP"') },
  );
}

const inMatches = ['-i in0', '! -i in0', '-i in+', '-i in1', '-i out0', '! -i lo', '-i lo'];
const outMatches = ['-o out0', '! -o out0', '-o out+', '-o out1', '! -o out1', '-o in+', '! -o lo'];

function waysAt(hook: string): string[] {
  if (hook === 'PREROUTING' || hook === 'INPUT') return inMatches;
  return hook === 'FORWARD' ? [...inMatches, ...outMatches] : outMatches;
}

function setAndSides(version: Version): Text {
  const side = fc.constantFrom('src', 'dst');
  return fc.oneof(
    options(`net${version} `, side),
    options(`ip${version} `, side),
    options(`port${version} `, side, ',', side),
    options(`pair${version} `, side, ',', side),
  );
}

/** The sets that rules may ask for. */
export function drawSets(version: Version): Text {
  const family = version === 4 ? 'inet' : 'inet6';
  const port = fc
    .tuple(fc.constantFrom('tcp', 'udp'), fc.constantFrom(...PORTS, ...SOURCE_PORTS))
    .map((p) => p.join(':'));
  const entries = (name: string, entry: Text) =>
    fc
      .array(entry, { maxLength: 5 })
      .map((list) => [...new Set(list)].map((text) => `add ${name}${version} ${text} -exist`));
  const either = fc.oneof(network(version, 'source'), network(version, 'destination'));
  const one = fc.oneof(source(version), destination(version));
  const nomatch = fc.oneof(
    { weight: 3, arbitrary: fc.constant('') },
    { weight: 1, arbitrary: fc.constant(' nomatch') },
  );
  return fc
    .tuple(
      entries('net', options(either, nomatch)),
      entries('ip', one),
      entries('port', options(one, ',', port)),
      entries('pair', options(network(version, 'source'), ',', port)),
    )
    .map((lists) =>
      [
        `create net${version} hash:net family ${family}`,
        `create ip${version} hash:ip family ${family}`,
        `create port${version} hash:ip,port family ${family}`,
        `create pair${version} hash:net,port family ${family}`,
        ...lists.flat(),
      ].join('\n'),
    );
}

/** `-p` with ports, or none. */
export const transport: Text = fc.oneof(
  { weight: 3, arbitrary: fc.constant('') },
  { weight: 1, arbitrary: fc.constantFrom('-p tcp', '-p udp', '! -p tcp', '! -p udp') },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.constantFrom('tcp', 'udp'), not, fc.constantFrom('dport', 'sport'))
      .chain(([protocol, turn, field]) =>
        portRange(field === 'dport' ? PORTS : SOURCE_PORTS).map(
          ([low, high]) => `-p ${protocol} -m ${protocol} ${turn}--${field} ${low}:${high}`,
        ),
      ),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(
        fc.constantFrom('tcp', 'udp'),
        not,
        fc.subarray(PORTS, { minLength: 1 }),
        fc.constantFrom('dports', 'sports', 'ports'),
      )
      .map(
        ([protocol, turn, ports, field]) =>
          `-p ${protocol} -m multiport ${turn}--${field} ${ports.join(',')},1000:1001`,
      ),
  },
);
