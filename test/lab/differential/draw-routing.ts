/** Draws what a router is set to besides its rulesets: addresses, routes, routing rules and settings. */
import fc from 'fast-check';
import { batch, DEVICES, type INTERFACE_SWITCHES, type RouterKind, setting } from './layout.ts';
import { destination, hex, MARKS, MASKS, network, type Version, virtualAddress } from './universe.ts';

type Text = fc.Arbitrary<string>;

const words = (...parts: (Text | string)[]): Text =>
  fc
    .tuple(...parts.map((part) => (typeof part === 'string' ? fc.constant(part) : part)))
    .map((list) => list.filter((text) => text !== '').join(' '));

const device = fc.constantFrom(...DEVICES);
const anyTable = fc.constantFrom('100', '101', '102', 'main');

/** The next routers, by the interface that they are behind. */
const GATEWAYS: Readonly<Record<Version, readonly string[]>> = {
  4: [
    '10.254.0.2 dev in0',
    '10.254.1.2 dev in1',
    '10.50.0.2 dev out0',
    '10.51.0.2 dev out0',
    '10.60.0.2 dev out1',
  ],
  6: ['fda0::2 dev in0', 'fdb0::2 dev in1', 'fd50::2 dev out0', 'fd60::2 dev out1'],
};
/** Whether or not a route leads to it: another line may have replaced that. */
const gateway = (version: Version) => fc.constantFrom(...GATEWAYS[version]).map((text) => `${text} onlink`);

const toSomewhere = (version: Version): Text =>
  fc.oneof(
    { weight: 3, arbitrary: networkAddress(network(version, 'destination')) },
    { weight: 1, arbitrary: networkAddress(network(version, 'source')) },
    { weight: 1, arbitrary: virtualAddress(version) },
    { weight: 1, arbitrary: fc.constant('default') },
  );

/** `ip route` takes no bits beyond the prefix: of 10.1.2.3/16, only those up to it. */
const networkAddress = (cidr: Text): Text =>
  cidr.map((text) => {
    const [address = '', bits = ''] = text.split('/');
    return address.includes(':') ? masked6(address, Number(bits)) : masked4(address, Number(bits));
  });

function masked4(address: string, bits: number): string {
  const value = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  const size = 2 ** (32 - bits);
  const first = Math.floor(value / size) * size;
  return `${[24, 16, 8, 0].map((shift) => Math.floor(first / 2 ** shift) % 256).join('.')}/${bits}`;
}

/** Addresses are drawn as `fd01::2:3`, in which two groups of 16 bits are not zero at the end. */
function masked6(address: string, bits: number): string {
  const [head = '', tail = ''] = address.split('::');
  const groups = tail.split(':').map((group) => Number.parseInt(group, 16));
  const value = groups.reduce((sum, group) => sum * 65536 + group, 0);
  const size = 2 ** Math.min(32, 128 - bits);
  const first = Math.floor(value / size) * size;
  const [high, low] = [Math.floor(first / 65536), first % 65536].map((group) => group.toString(16));
  return `${head}::${high}:${low}/${bits}`;
}

export function route(kind: RouterKind, version: Version): Text {
  const table = kind === 'ruled' ? anyTable : fc.constant('main');
  const hops = fc
    .uniqueArray(gateway(version), { minLength: 2, maxLength: 3 })
    .map((list) => list.map((one) => `nexthop via ${one}`).join(' '));
  const metric = fc.constantFrom('', '', 'metric 5', 'metric 2000');
  const to = toSomewhere(version);
  return fc.oneof(
    { weight: 8, arbitrary: words('route replace', to, 'via', gateway(version), 'table', table, metric) },
    {
      weight: 2,
      arbitrary: words(
        'route replace',
        fc.constantFrom('blackhole', 'unreachable', 'prohibit', 'throw'),
        to,
        'table',
        table,
        metric,
      ),
    },
    { weight: 1, arbitrary: words('route replace', to, 'table', table, hops) },
    ...(kind === 'ruled' ? [{ weight: 1, arbitrary: localRoute(version) }] : []),
  );
}

const localRoute = (version: Version): Text =>
  words(
    'route replace local',
    fc.oneof(destination(version), virtualAddress(version)),
    'dev lo table',
    anyTable,
  );

const selector = (version: Version): Text => {
  const mask = fc.tuple(fc.constantFrom(...MARKS), fc.constantFrom(...MASKS));
  return fc.oneof(
    { weight: 3, arbitrary: words('from', networkAddress(network(version, 'source'))) },
    { weight: 2, arbitrary: words('to', networkAddress(network(version, 'destination'))) },
    { weight: 2, arbitrary: words('iif', fc.oneof(device, fc.constant('lo'))) },
    // the kernel takes no mark with bits outside of its mask
    { weight: 2, arbitrary: mask.map(([value, bits]) => `fwmark ${hex((value & bits) >>> 0)}/${hex(bits)}`) },
  );
};

/** Priorities that rules go to, and stand at; those between are nobody's. */
const PRIORITIES = [100, 200, 300, 400, 500];

export function rule(version: Version, priority: number): Text {
  const later = PRIORITIES.filter((other) => other > priority);
  const action = fc.oneof(
    { weight: 6, arbitrary: words('lookup', anyTable) },
    {
      weight: 2,
      arbitrary:
        later.length > 0 ? words('goto', fc.constantFrom(...later).map(String)) : fc.constant('lookup 101'),
    },
    { weight: 1, arbitrary: fc.constantFrom('blackhole', 'unreachable', 'prohibit') },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        'lookup main suppress_prefixlength 0',
        'lookup main suppress_prefixlength 24',
      ),
    },
  );
  const when = fc
    .uniqueArray(selector(version), { maxLength: 2, minLength: 1, selector: (text) => text.split(' ')[0] })
    .map((list) => list.join(' '));
  return words('rule add', fc.constantFrom('', '', '', 'not'), when, `pref ${priority}`, action);
}

/** More addresses, and one less: a route that is there already outlives it. */
const ADDRESSES: Readonly<Record<Version, readonly string[]>> = {
  4: [
    'addr add 10.254.0.9/24 dev in0',
    'addr add 10.80.0.1/32 dev out1',
    'addr add 10.60.0.100/32 dev out1',
    'addr add 10.52.0.1/24 dev out0',
    'addr del 10.254.1.1/24 dev in1',
    'addr add 10.62.0.1/24 dev in1',
  ],
  6: [
    'addr add fda0::9/64 dev in0 nodad',
    'addr add fd80::1/128 dev out1 nodad',
    'addr add fd52::1/64 dev out0 nodad',
  ],
};

const VALUES: Readonly<Record<(typeof INTERFACE_SWITCHES)[number] | 'forwarding', readonly number[]>> = {
  rp_filter: [1, 1, 2, 2, 0],
  accept_local: [1],
  route_localnet: [1],
  src_valid_mark: [1],
  forwarding: [0],
};

const settings: Text = fc
  .constantFrom(
    'rp_filter',
    'rp_filter',
    'rp_filter',
    'accept_local',
    'forwarding',
    'route_localnet',
    'src_valid_mark',
  )
  .chain((key) => {
    // `all` of forwarding is ip_forward, which sets each interface's
    const names = key === 'forwarding' ? [...DEVICES] : ['all', ...DEVICES];
    return fc
      .tuple(fc.constantFrom(...names), fc.constantFrom(...VALUES[key as keyof typeof VALUES]))
      .map(([name, value]) => setting(`net.ipv4.conf.${name}.${key}`, value));
  });

const globals: Text = fc.oneof(
  { weight: 9, arbitrary: fc.constant('') },
  {
    weight: 1,
    arbitrary: fc.constantFrom(setting('net.ipv4.ip_forward', 0), setting('net.ipv6.conf.all.forwarding', 0)),
  },
);

function lines(kind: RouterKind, version: Version): fc.Arbitrary<string[]> {
  const rules = fc
    .subarray(kind === 'ruled' ? PRIORITIES : [])
    .chain((priorities) => fc.tuple(...priorities.map((priority) => rule(version, priority))));
  return fc
    .tuple(
      fc.uniqueArray(fc.constantFrom(...ADDRESSES[version]), { maxLength: 2 }),
      fc.uniqueArray(route(kind, version), { maxLength: 6 }),
      rules,
    )
    .map((lists) => lists.flat());
}

/** The whole as sh: one program for the addresses, routes and rules of a family, none for settings. */
export const drawRouting = (kind: RouterKind, version: Version): Text =>
  fc
    .tuple(globals, fc.uniqueArray(settings, { maxLength: 3 }), lines(kind, version))
    .map(([first, others, list]) =>
      [first, ...others, ...batch(version, list)].filter((text) => text !== '').join('\n'),
    );
