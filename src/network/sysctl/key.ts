/**
 * Names of sysctls. A name is its path below /proc/sys with `.` for `/`; where a component of the path has a dot itself
 * (the interface `eth0.100`), that dot is written `/`: sysctl(8) and sysctl.d(5).
 */
import { onceForText } from '../../once-for.ts';
import { matchesGlob } from '../glob.ts';

/** `/proc/sys/net/ipv4/conf/eth0.100/rp_filter` is `net.ipv4.conf.eth0/100.rp_filter`. Hosts have the same hundreds of them. */
export const sysctlKeyOfPath = onceForText((path) => swapped(path.replace(/^\/proc\/sys\//, '')));

/** `net.ipv4.conf.eth0/100.rp_filter` of `eth0.100` */
export const ipv4SettingKey = (device: string, setting: string): string =>
  `net.ipv4.conf.${swapped(device)}.${setting}`;

/** Reads a name as people write it, with dots or with slashes: the first of either decides which one separates. */
export function sysctlKey(name: string): string {
  return name.search(/[./]/) === name.indexOf('/') && name.includes('/') ? swapped(name) : name;
}

/** Returns a value with tabs and runs of blanks, which the kernel prints between numbers, as one space. */
export function sysctlValue(text: string): string {
  return text.trim().replace(/[ \t]+/g, ' ');
}

/** Settings of numbers that the kernel reads to the end, and those of a name: a comment behind them is part of them. */
const READ_TO_THE_END = new Set([
  'net.core.default_qdisc',
  'net.ipv4.tcp_congestion_control',
  'net.ipv4.ip_local_reserved_ports',
]);

/** Returns what the kernel takes of a line's value: `60 # seconds` is 60, since a number ends at the blank behind it. */
export function takenOfSysctlValue(key: string, text: string): string {
  return READ_TO_THE_END.has(key) ? text : text.replace(/^(-?\d+(?: -?\d+)*) [#;].*$/, '$1');
}

/** Tells whether the kernel refuses such a value, because of the comment that is part of it. */
export function isRefusedForComment(key: string, text: string): boolean {
  return READ_TO_THE_END.has(key) ? text.includes('#') : key.startsWith('net.') && /^\d+[#;]/.test(text);
}

/** Tells whether two texts are one value to the kernel: `0x1` is 1, `01` is 1, and blanks do not count. */
export function isSameSysctlValue(a: string, b: string): boolean {
  return normal(a) === normal(b);
}

function normal(text: string): string {
  return text
    .split(/[\s,]+/)
    .map((word) => (/^(0x[0-9a-f]+|-?\d+)$/i.test(word) ? String(Number(word)) : word))
    .join(' ');
}

/** Returns null for a text that is no integer, or one too large for an exact number. */
export function sysctlNumber(text: string): number | null {
  const number = /^(?:0|-?[1-9]\d*)$/.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(number) ? number : null;
}

/** Tells whether a name matches a pattern of sysctl.d(5): `*` and `?` match within one component of it. */
export function matchesSysctlPattern(pattern: string, key: string): boolean {
  const [parts, names] = [pattern.split('.'), key.split('.')];
  // biome-ignore lint/style/noNonNullAssertion: there are as many words as parts
  return parts.length === names.length && parts.every((part, i) => matchesGlob(part, names[i]!));
}

function swapped(name: string): string {
  return name.replace(/[./]/g, (separator) => (separator === '/' ? '.' : '/'));
}
