import { it } from 'vitest';
import { fleetPaths } from '/work/main/src/network/paths.ts';
import { stationsFrom, type Words } from '/work/main/test/network/paths-fleet.ts';
import { topologyOf } from '/work/main/src/network/topology.ts';

export function fleet(n: number, directors: number, services: number, pods: boolean): Record<string, Words> {
  const result: Record<string, Words> = {};
  for (let i = 0; i < n; i++) {
    const [hi, lo] = [Math.floor(i / 250), (i % 250) + 1];
    const director = i < directors;
    const rules = `*nat\n:POSTROUTING ACCEPT [0:0]\n-A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE\n-A POSTROUTING -s 10.244.0.0/16 -d 10.244.0.0/16 -j RETURN\n-A POSTROUTING -s 10.244.0.0/16 ! -d 224.0.0.0/4 -j MASQUERADE\n-A POSTROUTING ! -s 10.244.0.0/16 -d 10.244.0.0/16 -j MASQUERADE\nCOMMIT\n`;
    const vips = Array.from({ length: director ? services : 0 }, (_, k) => `192.168.100.${i * services + k}`);
    result[`h${i}`] = {
      uptime: 1000 * i + 1e5,
      interfaces: { eth0: [`192.168.${hi}.${lo}/16`, ...vips.map((v) => `${v}/32`)], docker0: ['172.17.0.1/16'], cni0: [`10.244.${hi}.${lo}/24`] , 'veth9@if2>cni0#9': []},
      routes: ['default via 192.168.255.254 dev eth0'],
      nat: rules,
      sysctl: { 'net.ipv4.vs.conntrack': 1 },
      ...(director ? { ipvs: vips.map((v, k) => `-A -t ${v}:80 -s wlc\n-a -t ${v}:80 -r 10.245.${i}.2:80 -m -w 1\n-a -t ${v}:80 -r 192.168.3.${k+1}:80 -m -w 1\n`).join('') } : {}),
    };
    if (pods) result[`h${i}/pod`] = { interfaces: { 'eth0@if9#2': [`10.245.${i%250}.${hi+2}/24`] }, routes: [`default via 10.244.${hi}.${lo} dev eth0`] };
  }
  return result;
}
it.each([[250, 5, 5, false],[500, 5, 5, false], [1000, 5, 5, false], [1000, 10, 10, true], [2000, 5, 5, false]])('%i hosts %i %i %s', (n, d, s, p) => {
  let t = performance.now();
  const lap = (what: string) => { console.log(what, Math.round(performance.now() - t)); t = performance.now(); };
  const stations = stationsFrom(fleet(n, d, s, p));
  lap('stations');
  topologyOf(stations); lap('topology');
  const { paths, unfollowed } = fleetPaths(stations, 0);
  lap('paths ' + paths.length + ' ' + unfollowed.length);
  console.log(paths[0]?.sources[0]?.clocks, paths[0]?.ways.length, paths.filter(p => p.kind === 'snat').length);
}, 300000);
