import { describe, expect, it } from 'vitest';
import { parseAddress } from '../../src/network/address-text.ts';
import { neighboursOf, ownersOf, type Topology, topologyOf } from '../../src/network/topology/topology.ts';
import { nodesFrom, type Words } from './paths-fleet.ts';

const fleet = (words: Record<string, Words>): Topology => topologyOf(nodesFrom(words));

function kinds(topology: Topology, name: string): Record<string, string> {
  const node = topology.nodes.find((one) => one.name === name)!;
  return Object.fromEntries([...topology.links.get(node)!].map(([device, { kind }]) => [device, kind]));
}

function next(topology: Topology, from: string, out: string, address: string): string[] {
  const node = topology.nodes.find((one) => one.name === from)!;
  return neighboursOf(topology, node, out, parseAddress(address)!).map(
    (one) => `${one.node.name} ${one.input}`,
  );
}

describe('where interfaces lead', () => {
  it('tells what leads out of a host from what does not', () => {
    const topology = fleet({
      h: {
        interfaces: {
          eth0: ['10.0.0.1/24'],
          'eth1>br0': [],
          br0: ['10.1.0.1/24'],
          docker0: ['172.17.0.1/16'],
          'veth1@if2>cni0#6': [],
          cni0: ['10.2.0.1/24'],
          'kube-ipvs0': ['10.96.0.1/32'],
          dummy0: ['10.3.0.1/32'],
          'eth0.5@eth0': ['10.5.0.1/24'],
        },
      },
      'h/pod': { interfaces: { 'eth0@if6#2': ['10.2.0.9/24'] } },
      'h/vlan': { interfaces: { 'eth0@if2#9': ['10.0.0.9/24'] } },
    });
    expect(kinds(topology, 'h')).toEqual({
      lo: 'silent',
      eth0: 'public',
      eth1: 'public',
      br0: 'public',
      docker0: 'private',
      veth1: 'private',
      cni0: 'private',
      'kube-ipvs0': 'silent',
      dummy0: 'silent',
      'eth0.5': 'public',
    });
    expect(kinds(topology, 'h/pod').eth0).toBe('private');
    // macvlan stands on eth0, which is the second interface
    expect(kinds(topology, 'h/vlan').eth0).toBe('public');
    expect(next(topology, 'h', 'cni0', '10.2.0.9')).toEqual(['h/pod eth0']);
    expect(next(topology, 'h/pod', 'eth0', '10.2.0.1')).toEqual(['h cni0']);
  });

  it('joins hosts of one network, and leaves those alone that have a network each', () => {
    const topology = fleet({
      a: { interfaces: { eth0: ['10.0.0.1/24'], nat: ['10.0.2.15/24'], docker0: ['172.17.0.1/16'] } },
      b: { interfaces: { eth0: ['10.0.0.2/24'], nat: ['10.0.2.15/24'], docker0: ['172.17.0.1/16'] } },
      'b/c': { interfaces: { 'eth0@if5#2': ['172.17.0.2/16'] } },
    });
    expect(next(topology, 'a', 'eth0', '10.0.0.2')).toEqual(['b eth0']);
    expect(next(topology, 'a', 'nat', '10.0.2.15')).toEqual([]);
    expect(next(topology, 'a', 'docker0', '172.17.0.2')).toEqual([]);
    expect(ownersOf(topology, parseAddress('172.17.0.1')!)).toHaveLength(2);
  });
});

describe('a host whose uplink is one end of a pair', () => {
  const guest = (words: Words) => kinds(fleet({ h: words }), 'h');

  it('leads out where the other end is in no namespace of the host', () => {
    const topology = fleet({
      a: { interfaces: { 'eth0@if30': ['10.0.0.1/24'] } },
      b: { interfaces: { 'eth0@if31': ['10.0.0.2/24'] } },
      c: { interfaces: { eth0: ['10.0.0.3/24'] } },
    });
    expect(['a', 'b', 'c'].map((name) => kinds(topology, name).eth0)).toEqual(['public', 'public', 'public']);
    expect(next(topology, 'a', 'eth0', '10.0.0.2')).toEqual(['b eth0']);
    expect(next(topology, 'c', 'eth0', '10.0.0.1')).toEqual(['a eth0']);
  });

  it('as a port of a bridge or a bond, or below a VLAN or macvlan', () => {
    const known = guest({
      interfaces: {
        'eth0@if30>bond0': [],
        'eth1@if31>bond0': [],
        bond0: ['10.0.0.1/24'],
        'bond0.7@bond0': ['10.7.0.1/24'],
        'eth2@if32>br0': [],
        'veth1@if2>br0#9': [],
        br0: ['10.1.0.1/24'],
        'mac0@eth2': ['10.1.0.2/24'],
      },
    });
    expect(known).toMatchObject({
      eth0: 'public',
      bond0: 'public',
      'bond0.7': 'public',
      eth2: 'public',
      br0: 'public',
      mac0: 'public',
    });
  });

  it('does not lead out by what stands on an inner device, by a pair within the namespace, or by docker0', () => {
    const topology = fleet({
      h: {
        interfaces: {
          'p0@p1': ['10.3.0.1/24'],
          'p1@p0': [],
          'veth1@if2#9': ['10.4.0.1/24'],
          'veth1.5@veth1': ['10.5.0.1/24'],
          'veth2@if2>docker0': [],
          docker0: ['172.17.0.1/16'],
        },
      },
      'h/pod': { interfaces: { 'eth0@if9#2': ['10.4.0.2/24'] } },
    });
    expect(new Set(Object.values(kinds(topology, 'h')))).toEqual(new Set(['silent', 'private']));
  });

  it('is not known to, as long as not all namespaces were seen', () => {
    const interfaces = { 'eth0@if30': ['10.0.0.1/24'] };
    expect(guest({ interfaces, allSeen: false }).eth0).toBe('unknown');
    expect(guest({ interfaces, allSeen: false, routes: ['default via 10.0.0.254 dev eth0'] }).eth0).toBe(
      'public',
    );
    expect(guest({ interfaces: { 'veth1@if2>docker0': [], docker0: [] }, allSeen: false }).docker0).toBe(
      'private',
    );
    const others = (addresses: string[]) =>
      kinds(
        fleet({
          h: { interfaces, allSeen: false },
          i: { interfaces: { 'eth0@if31': addresses }, allSeen: false },
        }),
        'h',
      );
    expect(others(['10.0.0.2/24']).eth0).toBe('public');
    // as each host has it that numbers what runs on it in the same way
    expect(others(['10.0.0.1/24']).eth0).toBe('unknown');
  });

  it('is joined to the host that it runs on, where that is in the inventory, too', () => {
    const topology = fleet({
      vmhost: {
        boot: 'one',
        interfaces: { 'eno1>vmbr0': [], vmbr0: ['10.0.0.1/24'], 'veth100i0@if2>vmbr0#30': [] },
      },
      'vmhost/100': { inode: '4026532300', interfaces: { 'eth0@if30#2': ['10.0.0.100/24'] } },
      ct: { boot: 'one', inode: '4026532300', interfaces: { 'eth0@if30#2': ['10.0.0.100/24'] } },
    });
    expect(topology.nodes.map(({ name }) => name)).toEqual(['vmhost', 'ct']);
    expect(next(topology, 'vmhost', 'vmbr0', '10.0.0.100')).toEqual(['ct eth0']);
    expect(kinds(topology, 'ct').eth0).toBe('public');
  });
});

describe('what containers share', () => {
  it('is a pair between two of them, and a macvlan on an uplink that is one end of a pair', () => {
    const topology = fleet({
      h: { interfaces: { 'eth0@if40': ['10.0.0.1/24'] } },
      'h/r1': { interfaces: { 'eth1@if6#5': ['10.9.0.1/30'] } },
      'h/r2': { interfaces: { 'eth1@if5#6': ['10.9.0.2/30'] } },
      'h/mac': { interfaces: { 'eth0@if2#7': ['10.0.0.2/24'] } },
      c: { interfaces: { eth0: ['10.0.0.3/24'] } },
    });
    expect(next(topology, 'h/r1', 'eth1', '10.9.0.2')).toEqual(['h/r2 eth1']);
    expect(next(topology, 'c', 'eth0', '10.0.0.2')).toEqual(['h/mac eth0']);
  });

  it('is no segment where they are ports of a VRF', () => {
    const topology = fleet({
      h: {
        interfaces: { 'tunl-vrf': [], 'eth1>tunl-vrf': ['10.1.0.1/24'], 'eth2>tunl-vrf': ['10.2.0.1/24'] },
      },
      i: { interfaces: { eth0: ['10.2.0.2/24'] } },
    });
    expect(next(topology, 'h', 'eth1', '10.2.0.2').length).toBe(1);
    expect(topology.links.get(topology.nodes[0]!)!.get('eth1')).not.toEqual(
      topology.links.get(topology.nodes[0]!)!.get('eth2'),
    );
  });
});

describe('a neighbour that is not sure', () => {
  const doubtsOf = (topology: Topology, out: string, address: string) =>
    neighboursOf(topology, topology.nodes[0]!, out, parseAddress(address)!).map(({ node, doubt }) => [
      node.name,
      doubt?.reason,
    ]);

  it('is whoever has the address in a network of another length', () => {
    const topology = fleet({
      a: { interfaces: { eth0: ['10.0.0.1/24'] } },
      b: { interfaces: { eth0: ['10.0.0.130/25'] } },
    });
    expect(doubtsOf(topology, 'eth0', '10.0.0.130')).toEqual([
      ['b', 'whether eth0 of a leads to 10.0.0.130, which others have'],
    ]);
  });

  it('is who may answer ARP for an address on lo', () => {
    const topology = fleet({
      a: { interfaces: { eth0: ['10.0.0.1/24'] } },
      b: { interfaces: { eth0: ['10.0.0.2/24'], lo: ['10.0.0.100/32'] } },
    });
    const unread = topology.nodes.map((node) => ({ ...node, net: { ...node.net, settings: new Map() } }));
    expect(doubtsOf(topologyOf(unread), 'eth0', '10.0.0.100')).toEqual([
      ['b', 'whether b answers for 10.0.0.100 on eth0: arp_ignore'],
    ]);
  });
});

describe('who answers for an address', () => {
  const vip = (sysctl: Record<string, number>): Topology =>
    fleet({
      c: { interfaces: { eth0: ['10.0.0.1/24'] } },
      d: { interfaces: { eth0: ['10.0.0.2/24'], lo: ['10.0.0.100/32'] }, sysctl },
    });

  it('is a host with the address on lo, as long as arp_ignore is 0', () => {
    expect(next(vip({}), 'c', 'eth0', '10.0.0.100')).toEqual(['d eth0']);
    expect(next(vip({ 'net.ipv4.conf.all.arp_ignore': 1 }), 'c', 'eth0', '10.0.0.100')).toEqual([]);
    expect(next(vip({ 'net.ipv4.conf.eth0.arp_ignore': 2 }), 'c', 'eth0', '10.0.0.100')).toEqual([]);
    // what is set for lo does not count for requests that come in by eth0
    expect(next(vip({ 'net.ipv4.conf.lo.arp_ignore': 1 }), 'c', 'eth0', '10.0.0.100')).toEqual(['d eth0']);
  });

  it('is whoever has it on the segment, before that', () => {
    const topology = fleet({
      c: { interfaces: { eth0: ['10.0.0.1/24'] } },
      d: { interfaces: { eth0: ['10.0.0.2/24', '10.0.0.100/32'] } },
      r: { interfaces: { eth0: ['10.0.0.3/24'], lo: ['10.0.0.100/32'] } },
    });
    expect(next(topology, 'c', 'eth0', '10.0.0.100')).toEqual(['d eth0']);
  });

  it('is the far end of an overlay', () => {
    const topology = fleet({
      a: { interfaces: { eth0: ['10.0.0.1/24'], 'flannel.1': ['10.244.1.0/32'] } },
      b: { interfaces: { eth0: ['10.0.0.2/24'], 'flannel.1': ['10.244.2.0/32'] } },
      c: { interfaces: { eth0: ['10.0.0.3/24'], tun0: ['10.8.0.1/32'] } },
    });
    expect(next(topology, 'a', 'flannel.1', '10.244.2.0')).toEqual(['b flannel.1']);
    expect(next(topology, 'c', 'tun0', '10.0.0.2')).toEqual(['b null']);
    // no overlay: a neighbour that is not there
    expect(next(topology, 'a', 'eth0', '10.0.0.77')).toEqual([]);
  });
});
