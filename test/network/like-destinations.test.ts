/**
 * Draws rules about a few destinations, and walks packets to each of these: those to a spare one have to fare as those to
 * some other one do.
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { addressSet, contains, parseAddresses } from '../../src/network/addresses.ts';
import { parseIpAddress } from '../../src/network/interfaces.ts';
import { parseRoutes } from '../../src/network/routes.ts';
import { readRuleset } from '../../src/network/ruleset-text.ts';
import { spareDestinations } from '../../src/network/symmetry/like-destinations.ts';
import { fullBudget } from '../../src/network/walk/budget.ts';
import type { Namespace } from '../../src/network/walk/namespace.ts';
import { packets } from '../../src/network/walk/packets.ts';
import { receive } from '../../src/network/walk/walk.ts';
import { settingsOf } from './settings.ts';

const ADDRESSES = Array.from({ length: 6 }, (_, i) => ({ family: 4 as const, value: 0xcb007100 + i }));
const OF = '-d 203.0.113.';
const WHAT = [OF, OF, OF, OF, OF, OF, OF, `-s 198.51.100.1 ${OF}`, `! ${OF}`];
const MORE = ['', '', '', '', '-p tcp -m tcp --dport 80', '-m mark --mark 0x1', '-d 203.0.113.0/30'];
const FILTER = ['-j DROP', '-j ACCEPT', '-j SOME', '-g SOME'];
const NAT = ['-j ACCEPT', '-j MASQUERADE', '-j SNAT --to-source 192.0.2.9', '-j RETURN'];
const DNAT = [
  '-j DNAT --to-destination 203.0.113.2',
  '-j REDIRECT',
  '-j ACCEPT',
  '-j NETMAP --to 203.0.113.0/29',
];
const PLACES = [
  { chain: 'FORWARD', targets: FILTER },
  { chain: 'SOME', targets: ['-j ACCEPT', '-j DROP', '-j MARK --set-mark 0x1'] },
  { chain: 'POSTROUTING', targets: NAT },
  { chain: 'PREROUTING', targets: DNAT },
];

const index = fc.nat({ max: 59 });
/** The same rule about several destinations. */
const rules = fc
  .tuple(fc.constantFrom(0, 0, 0, 1, 2, 2, 3), index, index, index, fc.nat({ max: 63 }))
  .map(([place, what, more, target, which]) => {
    const { chain, targets } = PLACES[place]!;
    return ADDRESSES.flatMap((_, i) =>
      (which >> i) & 1
        ? {
            chain,
            text: `-A ${chain} ${WHAT[what % WHAT.length]}${i} ${MORE[more % MORE.length]} ${targets[target % targets.length]}`,
          }
        : [],
    );
  });

function namespace(rules: readonly { chain: string; text: string }[]): Namespace {
  const of = (...chains: string[]) =>
    rules.filter(({ chain }) => chains.includes(chain)).map(({ text }) => text);
  const text = [
    '*nat\n:PREROUTING ACCEPT\n:POSTROUTING ACCEPT',
    ...of('PREROUTING', 'POSTROUTING'),
    'COMMIT\n*filter\n:FORWARD ACCEPT\n:SOME -',
    ...of('FORWARD', 'SOME'),
    'COMMIT\n',
  ].join('\n');
  const interfaces = parseIpAddress(
    '2: eth0: <UP>\n    inet 198.51.100.9/24 scope global eth0\n3: eth1: <UP>\n    inet 192.0.2.1/24 scope global eth1\n',
    'ip address',
  );
  return {
    ruleset: readRuleset(text, 'iptables-save'),
    interfaces,
    routes: parseRoutes(
      'default via 192.0.2.2 dev eth1\n203.0.113.4 via 192.0.2.3 dev eth1\n',
      4,
      'ip route',
    ),
    rules: [],
    services: [],
    virtualConntrack: false,
    release: '6.1.0',
    settings: settingsOf(['eth0', 'eth1']),
    budget: fullBudget(),
  };
}

it('leaves out destinations that fare as another one that it does not leave out', () => {
  let spared = 0;
  fc.assert(
    fc.property(fc.array(rules, { minLength: 1, maxLength: 5 }), (drawn) => {
      const net = namespace(drawn.flat());
      const spare = spareDestinations(net);
      const told = (address: (typeof ADDRESSES)[number]) =>
        receive(net, packets(parseAddresses('198.51.100.0/24')!, addressSet(address)), 'eth0')
          .map(({ packets: { destination: _, ...asked }, outcomes }) =>
            JSON.stringify([asked, outcomes.map(({ steps, doubts, ...outcome }) => outcome)], (_, value) =>
              typeof value === 'bigint' ? `${value}` : value,
            ),
          )
          .sort()
          .join('\n');
      const kept = ADDRESSES.filter((one) => !contains(spare, one)).map(told);
      for (const one of ADDRESSES.filter((address) => contains(spare, address))) {
        spared++;
        expect(kept).toContain(told(one));
      }
    }),
    { numRuns: 100 },
  );
  expect(spared).toBeGreaterThan(30);
});
