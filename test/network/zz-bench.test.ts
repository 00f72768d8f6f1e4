import { test } from 'vitest';
import { readRuleset, traceNat } from '../../src/network/trace-nat.ts';
import { parseIptablesSave } from '../../src/network/iptables-save.ts';
import { parseNftJson } from '../../src/network/nft-json.ts';
import { receive } from '../../src/network/walk.ts';
import { packets } from '../../src/network/packets.ts';
import { ALL4, parseAddresses } from '../../src/network/addresses.ts';
import { parseRoutes } from '../../src/network/routes.ts';

function kube(services: number) {
  const lines = ['*nat', ':PREROUTING ACCEPT [0:0]', ':POSTROUTING ACCEPT [0:0]', ':KUBE-SERVICES - [0:0]', ':KUBE-POSTROUTING - [0:0]', ':KUBE-MARK-MASQ - [0:0]'];
  const body: string[] = ['-A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES', '-A POSTROUTING -m comment --comment "kubernetes postrouting rules" -j KUBE-POSTROUTING',
   '-A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN', '-A KUBE-POSTROUTING -j MARK --set-xmark 0x4000/0x0', '-A KUBE-POSTROUTING -m comment --comment "kubernetes service traffic requiring SNAT" -j MASQUERADE --random-fully', '-A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000'];
  const svc: string[] = [];
  for (let i = 0; i < services; i++) {
    const ip = `10.96.${i >> 8}.${i & 255}`;
    lines.push(`:KUBE-SVC-${i} - [0:0]`, `:KUBE-SEP-${i}A - [0:0]`, `:KUBE-SEP-${i}B - [0:0]`);
    svc.push(`-A KUBE-SERVICES -d ${ip}/32 -p tcp -m comment --comment "ns/svc-${i}:http cluster IP" -m tcp --dport 80 -j KUBE-SVC-${i}`);
    body.push(`-A KUBE-SVC-${i} ! -s 10.244.0.0/16 -d ${ip}/32 -p tcp -m comment --comment "ns/svc-${i}:http cluster IP" -m tcp --dport 80 -j KUBE-MARK-MASQ`,
      `-A KUBE-SVC-${i} -m comment --comment "ns/svc-${i}:http -> 10.244.1.1:8080" -m statistic --mode random --probability 0.50000000000 -j KUBE-SEP-${i}A`,
      `-A KUBE-SVC-${i} -m comment --comment "ns/svc-${i}:http -> 10.244.2.1:8080" -j KUBE-SEP-${i}B`);
    for (const [x, h] of [['A', 1], ['B', 2]] as const) body.push(`-A KUBE-SEP-${i}${x} -s 10.244.${h}.1/32 -m comment --comment "ns/svc-${i}:http" -j KUBE-MARK-MASQ`,
      `-A KUBE-SEP-${i}${x} -p tcp -m comment --comment "ns/svc-${i}:http" -m tcp -j DNAT --to-destination 10.244.${h}.1:8080`);
  }
  return [...lines, ...svc, ...body, 'COMMIT', ''].join('\n');
}
const ns = (tables: any) => ({ ruleset: { tables, ipsets: new Map() }, interfaces: [], routes: parseRoutes('default via 10.0.0.1 dev eth0', 4, 'x'), rules: [], services: [], virtualConntrack: null, forwards: {4: true, 6: true}} as const);
test('bench', () => {
  for (const n of [13, 125, 1250, 6250]) {
    const text = kube(n);
    const t0 = performance.now();
    const tables = parseIptablesSave(text, { backend: 'legacy', family: 'ip', origin: 'x' });
    const t1 = performance.now();
    const one = receive(ns(tables), packets(parseAddresses('10.0.0.0/8')!, parseAddresses('10.96.0.9')!, {protocol: [6,6], destinationPort: [80,80]}), 'eth0');
    const t2 = performance.now();
    const last = receive(ns(tables), packets(ALL4, parseAddresses(`10.96.${(n-1)>>8}.${(n-1)&255}`)!), 'eth0');
    const t3 = performance.now();
    console.log(n * 8, 'rules parse', (t1-t0).toFixed(0), 'walk one', (t2-t1).toFixed(0), one.length, 'walk last', (t3-t2).toFixed(0), last.length);
    if (n < 2000) { const all = receive(ns(tables), packets(ALL4, ALL4), 'eth0'); console.log('   all', (performance.now()-t3).toFixed(0), all.length); }
  }
  const elements: any[] = []; const chains: any[] = []; const rules: any[] = [];
  for (let i = 0; i < 5000; i++) {
    elements.push([{ concat: [`10.96.${i >> 8}.${i & 255}`, 'tcp', 80] }, { goto: { target: `s${i}` } }]);
    chains.push({ chain: { family: 'ip', table: 'kube-proxy', name: `s${i}`, handle: i } });
    rules.push({ rule: { family: 'ip', table: 'kube-proxy', chain: `s${i}`, handle: i, expr: [{ match: { op: '==', left: { meta: { key: 'l4proto' } }, right: 'tcp' } }, { dnat: { addr: '10.244.1.1', port: 8080 } }] } });
  }
  const json = JSON.stringify({ nftables: [{ table: { family: 'ip', name: 'kube-proxy', handle: 1 } }, { map: { family: 'ip', table: 'kube-proxy', name: 'service-ips', type: ['ipv4_addr', 'inet_proto', 'inet_service'], map: 'verdict', elem: elements } },
    { chain: { family: 'ip', table: 'kube-proxy', name: 'pre', type: 'nat', hook: 'prerouting', prio: -100, policy: 'accept' } }, ...chains,
    { rule: { family: 'ip', table: 'kube-proxy', chain: 'pre', handle: 3, expr: [{ vmap: { key: { concat: [{ payload: { protocol: 'ip', field: 'daddr' } }, { meta: { key: 'l4proto' } }, { payload: { protocol: 'th', field: 'dport' } }] }, data: '@service-ips' } }] } }, ...rules] });
  const t0 = performance.now();
  const tables = parseNftJson(json, 'x');
  const t1 = performance.now();
  const one = receive(ns(tables), packets(ALL4, parseAddresses('10.96.9.9')!), 'eth0');
  console.log('nft 5000 services parse', (t1 - t0).toFixed(0), 'walk', (performance.now() - t1).toFixed(0), one.length);
}, 100000);
