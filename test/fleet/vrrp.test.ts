import { expect, it } from 'vitest';
import keepalived from '../../src/collectors/keepalived.ts';
import { filled } from '../../src/evaluate/fixture.ts';
import { type VrrpHost, vrrpFacts } from '../../src/fleet/vrrp.ts';
import type { Json } from '../../src/model.ts';
import { nodesFrom, type Words } from '../network/paths-fleet.ts';

type Instance = Record<string, Json>;

interface Given {
  net: Words;
  /** A reason: what its keepalived does is not known. */
  instances: Instance[] | string;
}

const vip = (more: Instance = {}): Instance => ({
  name: 'vip',
  interface: 'eth0',
  virtual_router_id: 51,
  family: 4,
  addresses: ['192.0.2.100'],
  ...more,
});
const other = (more: Instance = {}) => vip({ name: 'other', addresses: ['192.0.2.200'], ...more });
const net = (address: string, more: Words = {}): Words => ({ interfaces: { eth0: [address] }, ...more });

function meeting(fleet: Record<string, Given>) {
  const nodes = nodesFrom(
    Object.fromEntries(Object.entries(fleet).map(([name, given]) => [name, given.net])),
  );
  const hosts = Object.entries(fleet).map(([host, { instances }]): VrrpHost => {
    const value = typeof instances === 'string' ? null : filled(keepalived.type, { instances }, () => {});
    return {
      host,
      keepalived:
        value === null
          ? { ok: false, problem: 'denied', reason: String(instances) }
          : { ok: true, value: { value: value as never } },
      nodes: nodes.filter((node) => node.host === host),
    };
  });
  return Object.fromEntries(
    [...vrrpFacts(hosts)].map(([host, answer]) => [
      host,
      answer.ok
        ? [
            ...answer.value.value.instances.flatMap(({ name, rivals, strangers }) => [
              ...rivals.map((one) => `${name} against ${one.name} of ${one.host}`),
              ...strangers.map((one) => `${name} unknown to ${one.name} of ${one.host}`),
            ]),
            ...(answer.value.partial === undefined ? [] : [`partial: ${answer.value.partial}`]),
          ]
        : [answer.reason],
    ]),
  );
}

const two = (a: Instance[], b: Instance[], netB = net('192.0.2.2/24')) =>
  meeting({ a: { net: net('192.0.2.1/24'), instances: a }, b: { net: netB, instances: b } });

it.each<[string, Instance[], Instance[]]>([
  ['hosts of one group', [vip()], [vip({ virtual_router_id: 51, priority: 90 })]],
  [
    'a group whose hosts have not all of its addresses',
    [vip()],
    [vip({ addresses: ['192.0.2.100', '192.0.2.101'] })],
  ],
  ['ids of their own', [vip()], [other({ virtual_router_id: 52 })]],
  ['one that speaks to its peers alone', [vip()], [other({ unicast: true })]],
  ['another group of multicast', [vip({ group: '224.0.0.19' })], [other()]],
  ['IPv4 and IPv6', [vip()], [other({ family: 6 })]],
  ['two interfaces of one host', [vip(), other({ interface: 'eth1' })], []],
  ['one without addresses, of which nobody knows whose group it is', [vip()], [other({ addresses: [] })]],
])('%s do not meet', (_, a, b) => {
  const found = two(a, b, net('192.0.2.2/24'));
  expect([found.a, found.b].flat().filter((text) => !text!.startsWith('partial'))).toEqual([]);
});

it('two groups on one segment meet, and each is told', () => {
  expect(two([vip()], [other()])).toEqual({ a: ['vip against other of b'], b: ['other against vip of a'] });
  expect(two([vip(), other()], [])).toEqual({
    a: ['vip against other of a', 'other against vip of a'],
    b: [],
  });
  const bridged = net('192.0.2.2/24', { interfaces: { 'eth0@if9': ['192.0.2.2/24'] } });
  expect(two([vip()], [other()], bridged).a).toEqual(['vip against other of b']);
});

it('on other segments they do not', () => {
  expect(two([vip()], [other()], net('198.51.100.2/24'))).toEqual({ a: [], b: [] });
});

it('hosts of one group with other ids are told', () => {
  expect(two([vip()], [vip({ virtual_router_id: 52 })])).toEqual({
    a: ['vip unknown to vip of b'],
    b: ['vip unknown to vip of a'],
  });
});

it('in another namespace, it is that namespace where they meet', () => {
  const found = meeting({
    a: { net: net('192.0.2.1/24'), instances: [vip({ namespace: 'vrrp', interface: 'mac0' })] },
    'a/vrrp': { net: { interfaces: { 'mac0@if2#9': ['192.0.2.9/24'] } }, instances: [] },
    b: { net: net('192.0.2.2/24'), instances: [other()] },
  });
  expect(found.b).toEqual(['other against vip of a']);
});

it('what is not known of a host beside it, and where interfaces lead, is told', () => {
  const denied = { instances: 'only root may read it' };
  const found = meeting({
    a: { net: net('192.0.2.1/24'), instances: [vip()] },
    beside: { net: net('192.0.2.2/24'), ...denied },
    elsewhere: { net: net('198.51.100.2/24'), ...denied },
  });
  expect(found).toEqual({
    a: ['partial: keepalived of beside is not known: only root may read it'],
    beside: ['only root may read it'],
    elsewhere: ['only root may read it'],
  });
  const unseen = { interfaces: { 'eth0@if9': ['192.0.2.1/24'] }, allSeen: false };
  expect(meeting({ a: { net: unseen, instances: [vip()] } }).a).toEqual([
    'partial: where eth0 of a leads is not known',
  ]);
  const unread: Words = { missing: [{ what: 'addresses', reason: 'ip is not installed' }] };
  expect(meeting({ a: { net: unread, instances: [vip()] } }).a).toEqual([
    'partial: where eth0 of a leads is not known: ip is not installed',
  ]);
  // an instance whose interface is not there hears nobody
  expect(two([vip({ interface: 'eth7' })], [other()])).toEqual({ a: [], b: [] });
});
