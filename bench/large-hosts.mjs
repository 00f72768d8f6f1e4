// Hosts that have very much of something, by how much: what each of the demo's director then says instead.
const address = (i) => `10.${96 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}`;
const hex = (i) =>
  `0A${(96 + (i >> 16)).toString(16)}${(i & 65535).toString(16).padStart(4, '0')}`.toUpperCase();
const numbers = (count) => Array.from({ length: count }, (_, i) => i);

const IPVS_HEAD = `IP Virtual Server version 1.2.1 (size=4096)
Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port Forward Weight ActiveConn InActConn
`;

export const LARGE_HOSTS = {
  'ip rules': (n) => ({
    'routes.rules': [
      '0:	from all lookup local',
      ...numbers(n).map((i) => `${1000 + i}:	from ${address(i)} lookup ${100 + (i % 200)}`),
      '32766:	from all lookup main',
      '32767:	from all lookup default',
      '',
    ].join('\n'),
  }),
  'ip rules by destination': (n) => ({
    'routes.rules': [
      '0:	from all lookup local',
      ...numbers(n).map((i) => `${1000 + i}:	from all to ${address(i)} lookup main`),
      '32766:	from all lookup main',
      '',
    ].join('\n'),
  }),
  routes: (n) => ({
    'routes.routes': (text) =>
      [...numbers(n).map((i) => `${address(i)} via 10.244.3.27 dev cni0`), text].join('\n'),
  }),
  'IPVS services': (n) => ({
    'ipvs.ipvs':
      IPVS_HEAD +
      numbers(n)
        .map((i) =>
          [
            `TCP  ${hex(i)}:0050 rr`,
            ...[1, 2, 3].map(
              (k) =>
                `  -> 0AF4031B:${(8000 + ((3 * i + k) % 50000)).toString(16).toUpperCase().padStart(4, '0')}      Masq    1      0          0`,
            ),
          ].join('\n'),
        )
        .join('\n') +
      '\n',
    'addresses.addresses': (text) =>
      [
        text.trimEnd(),
        '99: kube-ipvs0: <BROADCAST,NOARP> mtu 1500 qdisc noop state DOWN group default ',
        '    link/ether 5e:6d:a2:58:e3:6d brd ff:ff:ff:ff:ff:ff',
        ...numbers(n).map(
          (i) =>
            `    inet ${address(i)}/32 scope global kube-ipvs0\n       valid_lft forever preferred_lft forever`,
        ),
        '',
      ].join('\n'),
  }),
  'routes to IPVS services': (n) => ({
    ...LARGE_HOSTS['IPVS services'](n),
    ...LARGE_HOSTS.routes(n),
    ...LARGE_HOSTS['ip rules by destination'](n),
    ...LARGE_HOSTS.listeners(n),
  }),
  'servers of one service': (n) => ({
    'ipvs.ipvs':
      IPVS_HEAD +
      [
        'TCP  C0A88005:1538 wlc',
        ...numbers(n).map((i) => `  -> ${hex(i)}:1538      Masq    1      0          0`),
        '',
      ].join('\n'),
  }),
  'services by mark': (n) => ({
    'ipvs.ipvs':
      IPVS_HEAD +
      numbers(n)
        .map(
          (i) =>
            `FWM  ${(i + 1).toString(16).toUpperCase().padStart(8, '0')} wlc\n  -> 0AF4031B:1538      Masq    1      0          0\n`,
        )
        .join(''),
  }),
  'next hops': (n) => ({
    'routes.routes': (text) =>
      `${text.trimEnd()}\n198.51.100.0/24 proto static\n${numbers(n)
        .map((i) => `	nexthop via ${address(i)} dev eth0 weight 1`)
        .join('\n')}\n`,
  }),
  listeners: (n) => ({
    'listeners.tcp': (text) =>
      `${text.trimEnd()}\n${numbers(n)
        .map(
          (i) =>
            `${String(i + 9).padStart(4)}: ${hex(i).match(/../g).reverse().join('')}:1538 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 ${20000 + i} 1 ffff880036c10000 100 0 0 10 0`,
        )
        .join('\n')}\n`,
  }),
  addresses: (n) => ({
    'addresses.addresses': (text) =>
      [
        text.trimEnd(),
        '99: dummy9: <BROADCAST,NOARP,UP> mtu 1500 qdisc noop state UNKNOWN group default ',
        ...numbers(n).map(
          (i) =>
            `    inet ${address(i)}/32 scope global dummy9\n       valid_lft forever preferred_lft forever`,
        ),
        '',
      ].join('\n'),
  }),
  'addresses of one network': (n) => ({
    'addresses.addresses': (text) =>
      [
        text.trimEnd(),
        '99: eth9: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noop state UP group default ',
        ...numbers(n).map(
          (i) =>
            `    inet ${address(i)}/8 scope global secondary eth9\n       valid_lft forever preferred_lft forever`,
        ),
        '',
      ].join('\n'),
  }),
  interfaces: (n) => ({
    'addresses.addresses': (text) =>
      [
        text.trimEnd(),
        ...numbers(n).map(
          (i) =>
            `${100 + i}: veth${i}@if2: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue master br0 state UP group default \n    inet ${address(i)}/24 scope global veth${i}`,
        ),
        '',
      ].join('\n'),
  }),
  'interfaces in a row': (n) => ({
    'addresses.addresses': (text) =>
      [
        text.trimEnd(),
        ...numbers(n).map(
          (i) =>
            `${100 + i}: br${i}: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 master br${i + 1} state UP\n    inet ${address(i)}/24 scope global br${i}`,
        ),
        '',
      ].join('\n'),
  }),
  'interfaces without a word': (n) => ({
    'addresses.addresses': (text) =>
      `${text}${numbers(n)
        .map((i) => `${100 + i}: i${i}: <UP>`)
        .join('\n')}\n`,
  }),
  'TCP metrics': (n) => ({
    'tcp_metrics.show': numbers(n)
      .map(
        (i) =>
          `${address(i)} age 9.738sec tw_ts 4294755183/10 ago cwnd 10 rtt 4645us rttvar 3692us source 10.244.3.27`,
      )
      .join('\n'),
  }),
  sysctls: (n) => ({
    'sysctl.values': (text) =>
      `${text.trimEnd()}\n${numbers(n)
        .map((i) => `net.ipv4.conf.veth${i}.rp_filter = 1`)
        .join('\n')}\n`,
  }),
  neighbours: (n) => ({
    'neighbours.neighbours': numbers(n)
      .map((i) => `${address(i)} dev eth0 lladdr 52:54:00:12:34:56 REACHABLE`)
      .join('\n'),
  }),
  'MASQUERADE rules': (n) => ({
    'nat.legacy': [
      '*nat',
      ':PREROUTING ACCEPT [0:0]',
      ':INPUT ACCEPT [0:0]',
      ':OUTPUT ACCEPT [0:0]',
      ':POSTROUTING ACCEPT [0:0]',
      ...numbers(n).map((i) => `-A POSTROUTING -s ${address(i)}/32 ! -o cni0 -j MASQUERADE`),
      'COMMIT',
      '',
    ].join('\n'),
  }),
  'DNAT rules': (n) => ({
    'nat.legacy': [
      '*nat',
      ':PREROUTING ACCEPT [0:0]',
      ':INPUT ACCEPT [0:0]',
      ':OUTPUT ACCEPT [0:0]',
      ':POSTROUTING ACCEPT [0:0]',
      ...numbers(n).map(
        (i) =>
          `-A PREROUTING -d ${address(i)}/32 -p tcp -m tcp --dport 80 -j DNAT --to-destination 10.244.3.27:${8000 + (i % 50000)}`,
      ),
      'COMMIT',
      '',
    ].join('\n'),
  }),
};

/** The snapshot with one host's answers in its own namespace replaced. */
export function withAnswers(snapshot, name, answers) {
  return {
    ...snapshot,
    hosts: snapshot.hosts.map((host) =>
      host.host.name === name ? { ...host, evidence: replaced(host.evidence, answers) } : host,
    ),
  };
}

function replaced(evidence, answers) {
  const [first] = evidence.flatMap(({ probe, namespace }) => (probe === 'ipvs.ipvs' ? [namespace] : []));
  const left = new Set(Object.keys(answers));
  const changed = evidence.map((entry) => {
    if (entry.namespace !== first || entry.sample !== 0 || !left.delete(entry.probe)) return entry;
    const answer = answers[entry.probe];
    const before = entry.answer.ok ? entry.answer.value : '';
    return { ...entry, answer: { ok: true, value: typeof answer === 'function' ? answer(before) : answer } };
  });
  const added = [...left].map((probe) => ({
    probe,
    namespace: first,
    sample: 0,
    answer: { ok: true, value: typeof answers[probe] === 'function' ? answers[probe]('') : answers[probe] },
  }));
  return [...changed, ...added];
}
