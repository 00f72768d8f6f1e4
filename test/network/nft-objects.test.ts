/** Objects of a ruleset that are neither tables, chains nor rules, as libnftables-json(5) has them. */
import { expect, it } from 'vitest';
import { readTables } from '../../src/network/nft/tables.ts';

const of = (name: string) => ({ family: 'inet', table: 'fw', name, handle: 9 });
const OBJECTS = {
  set: { ...of('s'), type: 'ipv4_addr' },
  map: { ...of('m'), type: 'ipv4_addr', map: 'verdict', elem: [['192.0.2.1', { drop: null }]] },
  element: { ...of('s'), elem: ['192.0.2.1'] },
  flowtable: { ...of('f'), hook: 'ingress', prio: 0, dev: ['eth0', 'eth1'] },
  counter: { ...of('c'), packets: 1, bytes: 60 },
  quota: { ...of('q'), bytes: 1000, used: 0, inv: false },
  limit: { ...of('l'), rate: 1, per: 'second', burst: 5 },
  synproxy: { ...of('y'), mss: 1460, wscale: 7, flags: 'timestamp' },
  secmark: { ...of('k'), context: 'system_u:object_r:ssh_t:s0' },
  'ct helper': { ...of('h'), type: 'ftp', protocol: 'tcp', l3proto: 'ip' },
  'ct timeout': { ...of('t'), protocol: 'tcp', l3proto: 'ip', policy: { established: 60 } },
  'ct expectation': { ...of('e'), protocol: 'tcp', dport: 21, timeout: 60, size: 1, l3proto: 'ip' },
};
const TABLE = { table: { family: 'inet', name: 'fw', handle: 1 } };
const CHAIN = { chain: { ...of('forward'), type: 'filter', hook: 'forward', prio: 0, policy: 'drop' } };

it.each(Object.entries(OBJECTS))('a %s leaves the ruleset readable', (kind, body) => {
  const [table] = readTables([TABLE, CHAIN, { [kind]: body }], 'nft');
  expect([...table!.chains.keys()]).toEqual(['forward']);
});

it('what is not known, and packets may pass, is not passed over', () => {
  const object = { gate: { ...of('g'), hook: 'forward' } };
  expect(() => readTables([TABLE, object], 'nft')).toThrow('an object of a kind that is not known: gate');
});
