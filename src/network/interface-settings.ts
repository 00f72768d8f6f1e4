/**
 * Settings of network interfaces below net.ipv4.conf, as the kernel combines those of `all` with the interface's own
 * (linux 6.1, include/linux/inetdevice.h: IN_DEV_MAXCONF, IN_DEV_ORCONF, IN_DEV_CONF_GET). What was not read is not
 * known, and the rest is known as far as it can be.
 */
import { onceFor } from '../once-for.ts';

/** A setting that is known. */
export interface InterfaceSetting {
  key: string;
  value: number;
  /** The file or command that it was read from, and the line there. */
  origin: string;
  line: number;
}

/** Settings by key, as `net.ipv4.conf.eth0.rp_filter`. */
export type Settings = ReadonlyMap<string, InterfaceSetting>;

/** The settings in force. */
export interface InForce {
  /** All that it may be, in ascending order: one where it is known. */
  values: readonly number[];
  /** The setting that it follows from; null where none was read. */
  by: InterfaceSetting | null;
  /** The keys that could not be read and may decide. */
  unread: string[];
}

type Combined = 'rp_filter' | 'arp_ignore' | 'arp_announce';
type Switch = 'accept_local' | 'route_localnet' | 'src_valid_mark';

/** sysctl writes the dots in the name of an interface as slashes. */
const keyOf = (device: string, key: string) => `net.ipv4.conf.${device.replaceAll('.', '/')}.${key}`;

/** Returns the greater of `all` and the interface's own. */
export function greaterOf(settings: Settings, key: Combined, device: string): InForce {
  const keys = [keyOf(device, key), keyOf('all', key)];
  const known = keys.flatMap((one) => settings.get(one) ?? []);
  const by = known.reduce<InterfaceSetting | null>(
    (most, one) => (most && most.value >= one.value ? most : one),
    null,
  );
  const least = by?.value ?? 0;
  const unread = keys.filter((one) => !settings.has(one));
  if (unread.length === 0 || least >= MOST[key]) return { values: [least], by, unread: [] };
  return { values: range(least, MOST[key]), by, unread };
}

const MOST: Readonly<Record<Combined, number>> = { rp_filter: 2, arp_ignore: 8, arp_announce: 2 };

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

/** Returns 1 where it is on for `all` or for the interface. */
export function eitherOf(settings: Settings, key: Switch, device: string): InForce {
  const keys = [keyOf(device, key), keyOf('all', key)];
  const known = keys.flatMap((one) => settings.get(one) ?? []);
  const on = known.find(({ value }) => value !== 0);
  if (on) return { values: [1], by: on, unread: [] };
  const unread = keys.filter((one) => !settings.has(one));
  return { values: unread.length > 0 ? [0, 1] : [0], by: known[0] ?? null, unread };
}

/**
 * Returns whether the interface forwards what comes in by it: its own setting decides, whatever `all` says. Setting
 * net.ipv4.ip_forward sets it for every interface (net/ipv4/devinet.c, inet_forward_change), so that where nobody read
 * any interface's own, that one stands for them.
 */
export function forwardingOf(settings: Settings, device: string): InForce {
  const own = ownOf(settings, keyOf(device, 'forwarding'));
  if (own.by !== null || isReadByInterface(settings)) return own;
  const host = ['net.ipv4.ip_forward', keyOf('all', 'forwarding')].map((key) => ownOf(settings, key));
  return host.find(({ by }) => by !== null) ?? own;
}

const isReadByInterface = onceFor((settings: Settings) =>
  [...settings.keys()].some((key) => /^net\.ipv4\.conf\.(?!(all|default)\.)[^.]+\.forwarding$/.test(key)),
);

/**
 * Returns whether IPv6 is forwarded: one setting for all interfaces. Since 6.17, `force_forwarding` lets a single one
 * (net/ipv6/ip6_output.c, ip6_forward); kernels that have it show it for `all`, too.
 */
export function forwardingOf6(settings: Settings, device: string): InForce {
  const all = ownOf(settings, 'net.ipv6.conf.all.forwarding');
  if (all.values.includes(1) && all.values.length === 1) return all;
  if (!settings.has('net.ipv6.conf.all.force_forwarding')) return all;
  const forced = ownOf(settings, `net.ipv6.conf.${device.replaceAll('.', '/')}.force_forwarding`);
  return forced.values.includes(1) ? { ...forced, unread: [...all.unread, ...forced.unread] } : all;
}

function ownOf(settings: Settings, key: string): InForce {
  const by = settings.get(key) ?? null;
  return by
    ? { values: [by.value === 0 ? 0 : 1], by, unread: [] }
    : { values: [0, 1], by: null, unread: [key] };
}

const FOLLOWED = [
  /^net\.ipv4\.ip_forward$/,
  /^net\.ipv4\.conf\.[^.]+\.(rp_filter|accept_local|route_localnet|forwarding|src_valid_mark|arp_ignore|arp_announce)$/,
  /^net\.ipv6\.conf\.(all\.forwarding|[^.]+\.force_forwarding)$/,
];

/** Tells whether the way of packets depends on the setting. */
export const decidesPaths = (key: string): boolean => FOLLOWED.some((pattern) => pattern.test(key));

/** Prints a setting as sysctl does. */
export const printSetting = ({ key, value }: InterfaceSetting): string => `${key} = ${value}`;
