/** Draws what rules of iptables do. */
import fc from 'fast-check';
import { mark, maskedMark, options } from './draw-iptables-matches.ts';
import { destination, PORTS, pools, portRange, type Version, virtualAddress } from './universe.ts';

type Text = fc.Arbitrary<string>;

const markTarget: Text = fc.oneof(
  options('-j MARK --set-xmark ', maskedMark),
  options('-j MARK --set-mark ', maskedMark),
  options('-j MARK ', fc.constantFrom('--or-mark ', '--and-mark ', '--xor-mark '), mark),
  options('-j CONNMARK --set-mark ', maskedMark),
  fc.constantFrom(
    '-j CONNMARK --save-mark',
    '-j CONNMARK --save-mark --nfmask 0x4001 --ctmask 0x3',
    '-j CONNMARK --restore-mark',
    '-j CONNMARK --restore-mark --nfmask 0x3 --ctmask 0x4001',
  ),
);

const flags = fc.constantFrom('', ' --random', ' --random-fully', ' --persistent');
const flagsOfDestination = fc.constantFrom('', '', ' --random', ' --persistent');
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

const bracketed = (version: Version, address: Text): Text =>
  version === 4 ? address : address.map((text) => `[${text}]`);

/** With ports, which need a protocol. */
const sourcePortTarget = (version: Version): Text =>
  fc.oneof(
    fc.constant('-p udp -j MASQUERADE --to-ports 1024-50000'),
    fc.constant('-p tcp -j SNAT --to-source :2000-30000'),
    options('-p udp -j SNAT --to-source ', bracketed(version, pools(version)), ':1001-2000'),
  );

const protocolOption = fc.constantFrom('-p tcp ', '-p udp ');
const ports = portRange(PORTS).map(([low, high]) => (low === high ? `${low}` : `${low}-${high}`));

const destinationTarget = (version: Version): Text => {
  const to = fc.oneof(
    { weight: 4, arbitrary: destination(version) },
    { weight: 1, arbitrary: virtualAddress(version) },
  );
  const pool = destination(version).map((address) => {
    const low = address.replace(/10[01]$/, '100');
    return `${low}-${low.replace(/100$/, '101')}`;
  });
  const toPorts = options(bracketed(version, fc.oneof(to, pool)), ':', ports, flagsOfDestination);
  const whole = version === 4 ? ['10.60.0.0/24', '10.50.0.96/28'] : ['fd60::/64', 'fd50::/112'];
  return fc.oneof(
    { weight: 3, arbitrary: options('-j DNAT --to-destination ', to) },
    { weight: 3, arbitrary: options(protocolOption, '-j DNAT --to-destination ', toPorts) },
    { weight: 1, arbitrary: options(protocolOption, '-j DNAT --to-destination :', ports) },
    { weight: 1, arbitrary: options('-j DNAT --to-destination ', pool, flagsOfDestination) },
    { weight: 1, arbitrary: fc.constant('-j REDIRECT') },
    { weight: 2, arbitrary: options(protocolOption, '-j REDIRECT --to-ports ', ports) },
    { weight: 1, arbitrary: options('-j NETMAP --to ', fc.constantFrom(...whole)) },
  );
};

export function targets(table: string, hook: string, version: Version): Text {
  if (table === 'raw')
    return fc.constantFrom(
      '-j CT --notrack',
      '-j CT --notrack',
      '-j ACCEPT',
      '-j RETURN',
      '-j RETURN',
      '-j DROP',
    );
  if (table === 'mangle')
    return fc.oneof(
      { weight: 5, arbitrary: markTarget },
      { weight: 1, arbitrary: fc.constantFrom('-j DROP', '-j LOG') },
    );
  if (table === 'filter')
    return fc.oneof(
      { weight: 1, arbitrary: fc.constantFrom('-j DROP', '-j REJECT') },
      { weight: 3, arbitrary: fc.constantFrom('-j ACCEPT', '-j RETURN', '-j LOG --log-prefix "a -j DROP "') },
    );
  if (hook === 'PREROUTING' || hook === 'OUTPUT') return destinationTarget(version);
  if (hook === 'INPUT') return options('-j SNAT --to-source ', pools(version));
  return fc.oneof(
    { weight: 6, arbitrary: sourceTarget(version) },
    { weight: 1, arbitrary: sourcePortTarget(version) },
    { weight: 1, arbitrary: markTarget },
  );
}
