/**
 * A router with four cables, each of whose other ends is held by a program that no kernel helps (wire.py):
 *
 *   10.254.0.0/24 fda0::/64  in0 ┐        ┌ out0  10.50.0.0/24 fd50::/64, and 10.51.0.0/24
 *                                ├ router ┤
 *   10.254.1.0/24 fdb0::/64  in1 ┘        └ out1  10.60.0.0/24 fd60::/64
 *
 * What a case changes of it is undone before the next.
 */

/**
 * `ruled`: with routing rules and local routes of its own. `plain`: the kernel notes for good that a namespace has had
 * any, and validates sources otherwise in those (linux 6.1, net/ipv4/fib_frontend.c, fib_validate_source).
 */
export const ROUTERS = ['ruled', 'plain'] as const;
export type RouterKind = (typeof ROUTERS)[number];

export const DEVICES = ['in0', 'in1', 'out0', 'out1'] as const;
export type Device = (typeof DEVICES)[number];

export const macOf = (device: Device) => `02:00:00:00:00:0${DEVICES.indexOf(device) + 1}`;

/** Makes both namespaces; no address has to be resolved on these cables, so that no rule can drop the resolving. */
export const layout = (kind: RouterKind, router: string, outside: string): string =>
  [
    ...[router, outside].flatMap((namespace) => [
      `ip netns add ${namespace}`,
      `ip -n ${namespace} link set lo up`,
      `ip netns exec ${namespace} sysctl -qw ${BEFORE_DEVICES.join(' ')}`,
    ]),
    `ip netns exec ${outside} sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1`,
    ...DEVICES.flatMap((device) => [
      `ip link add ${device} netns ${router} type veth peer name ${device} netns ${outside}`,
      `ip -n ${router} link set ${device} address ${macOf(device)} arp off up`,
      `ip -n ${outside} link set ${device} arp off up`,
    ]),
    `ip netns exec ${router} sh -ec '${settled(kind)}'`,
  ].join('\n');

const BEFORE_DEVICES = [
  'net.ipv4.conf.all.rp_filter=0',
  'net.ipv4.conf.default.rp_filter=0',
  'net.ipv6.conf.all.accept_dad=0',
  'net.ipv6.conf.default.accept_dad=0',
];

/** The settings that cases may change, of IPv4's interfaces and of `all`. */
export const INTERFACE_SWITCHES = ['rp_filter', 'accept_local', 'route_localnet', 'src_valid_mark'] as const;

const SETTINGS: [string, number][] = [
  // sets all others
  ['net.ipv4.ip_forward', 1],
  ['net.ipv6.conf.all.forwarding', 1],
  ...['all', 'lo', ...DEVICES].flatMap((name) =>
    INTERFACE_SWITCHES.map((key): [string, number] => [`net.ipv4.conf.${name}.${key}`, 0]),
  ),
  ...DEVICES.map((device): [string, number] => [`net.ipv4.conf.${device}.forwarding`, 1]),
];

/** Writes a setting, without a process of its own. */
export const setting = (key: string, value: number | string) =>
  `echo ${value} >/proc/sys/${key.replaceAll('.', '/')}`;

const flushed = (tables: readonly string[]) => [
  ...DEVICES.map((device) => `addr flush dev ${device} scope global`),
  ...tables.map((table) => `route flush table ${table}`),
];
/** Tables that nothing was ever in can't be flushed. */
const FLUSHED: Readonly<Record<RouterKind, readonly string[]>> = {
  plain: flushed(['main']),
  ruled: [...flushed(['main', '100', '101', '102']), 'rule flush'],
};

const RULES = [
  'rule add pref 32766 lookup main',
  // a mark sends packets out by the other way
  'rule add pref 32765 fwmark 0x1/0x1 lookup 100',
];

const LAST_RULE = 'rule add pref 32767 lookup default';

const IPV4 = [
  'addr add 10.254.0.1/24 dev in0',
  'addr add 10.254.1.1/24 dev in1',
  'addr add 10.50.0.1/24 dev out0',
  'addr add 10.60.0.1/24 dev out1',
  // a second network and a second address on each way out, so that MASQUERADE has something to choose from
  'addr add 10.51.0.9/24 dev out0',
  'addr add 10.50.0.8/24 dev out0',
  'addr add 10.61.0.9/32 dev out1',
  'route add 10.70.0.0/24 via 10.51.0.2',
  'route add 10.1.0.0/16 via 10.254.0.2',
];

/** What makes a router more than plain: also a network whose every address its sockets may have. */
const RULED4 = [
  'route add 10.50.0.100/30 via 10.60.0.2 table 100',
  'route add 10.60.0.100/30 via 10.51.0.2 table 100',
  'route replace local 10.2.0.0/24 dev lo',
];

const IPV6 = [
  'addr add fda0::1/64 dev in0 nodad',
  'addr add fdb0::1/64 dev in1 nodad',
  'addr add fd50::1/64 dev out0 nodad',
  'addr add fd60::1/64 dev out1 nodad',
  'route add fd01::/16 via fda0::2',
  'route add fd70::/64 via fd50::2',
  'route add fd50::100/126 via fd50::2',
  'route add fd60::100/126 via fd60::2',
];

const RULED6 = ['route add fd50::100/126 via fd60::2 table 100', 'route replace local fd02::/64 dev lo'];

export const HERE_DOCUMENT = 'TWLINT-LINES';

/** Feeds lines to `ip`. */
export const batch = (version: 4 | 6, lines: readonly string[], option = '') =>
  lines.length === 0
    ? []
    : [`ip -${version} ${option} -batch - <<${HERE_DOCUMENT}\n${lines.join('\n')}\n${HERE_DOCUMENT}`];

/** The router as it is before a case. */
export const settled = (kind: RouterKind) =>
  [
    ...SETTINGS.map(([key, value]) => setting(key, value)),
    ...([4, 6] as const).map((version) => `{ ${batch(version, FLUSHED[kind], '-force')}\n} 2>/dev/null || :`),
    ...batch(4, kind === 'ruled' ? [...RULES, LAST_RULE, ...IPV4, ...RULED4] : IPV4),
    ...batch(6, kind === 'ruled' ? [...RULES, ...IPV6, ...RULED6] : IPV6),
  ].join('\n');
