/** What hosts have alike is held once: what is worked out of it for one of them is nobody else's where more had a say. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { keptNode } from '../../src/evaluate/kept-parts.ts';
import { ALL } from '../../src/network/addresses.ts';
import { type NetnsNode, withBudget } from '../../src/network/topology/nodes.ts';
import { packets } from '../../src/network/walk/packets.ts';
import { receive, send } from '../../src/network/walk/walk.ts';
import { nodesFrom, type Words } from './paths-fleet.ts';

const LISTED = (more: string) =>
  `0: from all lookup local\n${more}32766: from all lookup main\n32767: from all lookup default`;
const NAT =
  '*nat\n-A PREROUTING -i eth1 -m addrtype --dst-type LOCAL -j DNAT --to-destination 10.2.0.9\n-A POSTROUTING -o eth2 -j MASQUERADE\nCOMMIT\n';
const IPVS = '-A -t 10.1.0.100:80 -s rr\n-a -t 10.1.0.100:80 -r 10.2.0.9:80 -m -w 1';

/** Parts that hosts have in common with some, and not with others. */
const host = fc.record({
  kernel: fc.constantFrom('3.10.0-1160.el7.x86_64', '4.0.9', '5.2.0', '6.1.0', ''),
  vrf: fc.boolean(),
  second: fc.constantFrom('10.2.0.1/24', '10.1.0.129/25'),
  rules: fc.constantFrom(
    '',
    LISTED(''),
    LISTED('1000: from all lookup [l3mdev-table]\n'),
    LISTED('100: from all fwmark 0x7 lookup 7\n'),
  ),
  routes: fc.constantFrom(
    '',
    'blackhole 10.2.0.1/32',
    '10.1.0.1/32 via 10.2.0.9 dev eth2',
    'default via 10.1.0.9 dev eth1 table 7',
  ),
  nat: fc.boolean(),
  ipvs: fc.boolean(),
  sysctl: fc.constantFrom(
    { 'net.ipv4.ip_forward': 1 },
    { 'net.ipv4.ip_forward': 0 },
    { 'net.ipv4.ip_forward': 1, 'net.ipv4.conf.all.rp_filter': 1 },
  ),
});

function wordsOf({
  kernel,
  vrf,
  second,
  rules,
  routes,
  nat,
  ipvs,
  sysctl,
}: typeof host extends fc.Arbitrary<infer T> ? T : never): Words {
  return {
    kernel,
    interfaces: { ...(vrf && { vrf7: [] }), [vrf ? 'eth1>vrf7' : 'eth1']: ['10.1.0.1/24'], eth2: [second] },
    rules: rules.split('\n'),
    routes: routes === '' ? [] : [routes],
    sysctl,
    ...(nat && { nat: NAT }),
    ...(ipvs && { ipvs: IPVS }),
  };
}

/** What becomes of all packets there. */
function fates({ net }: NetnsNode) {
  const every = packets(ALL, ALL);
  const classes = [...['eth1', 'eth2'].map((input) => receive(net, every, input)), send(net, every)];
  return classes.map((parts) => parts.map(({ packets: set, outcomes }) => ({ set, outcomes })));
}

it('packets fare on hosts that share what they have alike as they do on each alone', {
  timeout: 120_000,
}, () => {
  fc.assert(
    fc.property(fc.array(host, { minLength: 2, maxLength: 4 }), (hosts) => {
      const fleet = Object.fromEntries(hosts.map((one, i) => [`m${i}`, wordsOf(one)]));
      const kept = withBudget(nodesFrom(fleet).map(keptNode));
      expect(kept.map(fates)).toEqual(nodesFrom(fleet).map(fates));
    }),
    { numRuns: Number(process.env.TWLINT_RUNS ?? 60) },
  );
});
