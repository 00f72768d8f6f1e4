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
