/** Draws what rules of iptables are made of. */
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

const mark = fc.constantFrom(...MARKS).map(hex);
const maskedMark = fc
  .tuple(mark, fc.constantFrom(...MASKS).map(hex))
  .map(([value, mask]) => `${value}/${mask}`);

/** What a rule may ask where packets have passed through `hook`. */
export function match(version: Version, hook: string): Text {
  const ways =
    hook === 'PREROUTING' ? inMatches : hook === 'FORWARD' ? [...inMatches, ...outMatches] : outMatches;
  return fc.oneof(
    { weight: 4, arbitrary: options(not, '-s ', network(version, 'source')) },
    { weight: 4, arbitrary: options(not, '-d ', network(version, 'destination')) },
    { weight: 1, arbitrary: options('-m iprange ', not, '--src-range ', range(version)) },
    { weight: 3, arbitrary: options('-m mark ', not, '--mark ', maskedMark) },
    { weight: 1, arbitrary: options('-m connmark ', not, '--mark ', maskedMark) },
    { weight: 2, arbitrary: fc.constantFrom(...ways) },
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
        fc.constantFrom('NEW', 'ESTABLISHED,RELATED', 'NEW,DNAT', 'DNAT', 'SNAT'),
      ),
    },
    { weight: 1, arbitrary: options('-m conntrack ', not, '--ctorigdst ', network(version, 'destination')) },
    { weight: 1, arbitrary: options('-m conntrack ', not, '--ctorigsrc ', network(version, 'source')) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        '-m statistic --mode random --probability 0.5',
        '-m limit --limit 1/hour --limit-burst 5',
        '-m recent --rcheck --name never',
      ),
    },
    { weight: 1, arbitrary: fc.constant('-m comment --comment "it \\"says\\" -j DROP"') },
  );
}

const inMatches = ['-i in0', '! -i in0', '-i in+', '-i in1'];
const outMatches = ['-o out0', '! -o out0', '-o out+', '-o out1', '! -o out1'];

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

const markTarget: Text = fc.oneof(
  options('-j MARK --set-xmark ', maskedMark),
  options('-j MARK --set-mark ', maskedMark),
  options('-j MARK ', fc.constantFrom('--or-mark ', '--and-mark ', '--xor-mark '), mark),
  options('-j CONNMARK --set-mark ', maskedMark),
  fc.constantFrom(
    '-j CONNMARK --save-mark',
    '-j CONNMARK --restore-mark',
    '-j CONNMARK --restore-mark --nfmask 0x3 --ctmask 0x4001',
  ),
);

const flags = fc.constantFrom('', ' --random', ' --random-fully', ' --persistent');
export const flow = fc.constantFrom('-j ACCEPT', '-j RETURN', '');

function sourceTarget(version: Version): Text {
  const whole = version === 4 ? fc.constantFrom('24', '28', '30') : fc.constantFrom('64', '120', '126');
  return fc.oneof(
    { weight: 3, arbitrary: options('-j MASQUERADE', fc.constantFrom('', ' --random', ' --random-fully')) },
    { weight: 3, arbitrary: options('-j SNAT --to-source ', pools(version), flags) },
    {
      weight: 1,
      arbitrary: options('-j NETMAP --to ', version === 4 ? '192.0.2.64/' : '2001:db8:7::/', whole),
    },
  );
}

/** With ports, which need a protocol. */
const sourcePortTarget = (version: Version): Text =>
  fc.oneof(
    fc.constant('-p udp -j MASQUERADE --to-ports 1024-50000'),
    fc.constant('-p tcp -j SNAT --to-source :2000-30000'),
    options(
      '-p udp -j SNAT --to-source ',
      version === 4 ? pools(4) : pools(6).map((pool) => `[${pool}]`),
      ':1001-2000',
    ),
  );

const destinationTarget = (version: Version): Text =>
  fc.oneof(
    { weight: 3, arbitrary: options('-j DNAT --to-destination ', destination(version)) },
    {
      weight: 2,
      arbitrary: fc
        .tuple(fc.constantFrom('tcp', 'udp'), destination(version), fc.constantFrom(...PORTS))
        .map(
          ([protocol, address, port]) =>
            `-p ${protocol} -j DNAT --to-destination ${version === 4 ? address : `[${address}]`}:${port}`,
        ),
    },
    {
      weight: 1,
      arbitrary: destination(version).map((address) => {
        const low = address.replace(/10[01]$/, '100');
        return `-j DNAT --to-destination ${low}-${low.replace(/100$/, '101')}`;
      }),
    },
  );

export function targets(table: string, hook: string, version: Version): Text {
  if (table === 'raw') return fc.constantFrom('-j CT --notrack', '-j ACCEPT', '-j RETURN');
  if (table === 'mangle')
    return fc.oneof(
      { weight: 5, arbitrary: markTarget },
      { weight: 1, arbitrary: fc.constantFrom('-j DROP', '-j LOG') },
    );
  if (table === 'filter') return fc.constantFrom('-j DROP', '-j ACCEPT', '-j RETURN');
  if (hook === 'PREROUTING' || hook === 'OUTPUT') return destinationTarget(version);
  return fc.oneof(
    { weight: 6, arbitrary: sourceTarget(version) },
    { weight: 1, arbitrary: sourcePortTarget(version) },
    { weight: 1, arbitrary: markTarget },
  );
}
