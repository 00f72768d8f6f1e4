/**
 * Converts the text of a command to that which a probe gives. Lines keep their numbers: what is left out is left blank.
 */

const blanked = (text: string, keep: (line: string, i: number) => boolean) =>
  text
    .split('\n')
    .map((line, i) => (keep(line, i) ? line : ''))
    .join('\n');

/**
 * Parses `Linux s2 3.10.0-514.el7.x86_64 #6 SMP Mon Nov 23 06:39:05 UTC 2026 x86_64 GNU/Linux`, the output of uname -a.
 */
export function ofUname(text: string, what: 'hostname' | 'release' | 'machine'): string | null {
  const tokens = text.trim().split(/\s+/);
  const [system, host = null, release = null] = tokens;
  if (system !== 'Linux' || release === null) return null;
  if (what === 'hostname') return host;
  return what === 'release' ? release : (tokens.findLast((token) => MACHINE.test(token)) ?? null);
}

const MACHINE = /^(x86_64|i[3-6]86|aarch64\w*|arm\w*|ppc\w*|s390\w*|mips\w*|riscv\w*|loongarch\w*|sparc\w*)$/;

/** Returns one setting of `sysctl -a`. */
export function ofSysctl(text: string, key: string): string | null {
  const row = text.split('\n').find((line) => line.startsWith(`${key} = `));
  return row === undefined ? null : row.slice(key.length + 3);
}

/** Removes the keys of TCP Fast Open and of IPv6 addresses, which are secret. */
export const withoutKeys = (text: string) =>
  blanked(text, (line) => !/^\S*(tcp_fastopen_key|stable_secret|netdev_rss_key) = /.test(line));

/**
 * Converts ` 18:44:26 up 10 days, 21:07,  2 users,  load average: ...`, the output of uptime, to the form of
 * /proc/uptime; exact to the minute.
 */
export function ofUptime(text: string): string | null {
  if (/^\d+\.\d+ \d+\.\d+\s*$/.test(text)) return text;
  // busybox leaves the users out where it does not know them
  const [, up] = /\bup\s+(.+?),\s+(?:\d+ users?\b|load average)/.exec(text) ?? [];
  if (up === undefined) return null;
  const days = Number(/(\d+) days?/.exec(up)?.[1] ?? 0);
  const [, hours, minutes] = /(\d+):(\d+)/.exec(up) ?? [0, 0, /(\d+) min/.exec(up)?.[1] ?? 0];
  return `${((days * 24 + Number(hours)) * 60 + Number(minutes)) * 60}.00 0.00\n`;
}

/**
 * Returns the lines of one family. `ip route show table all` without -4 or -6 lists both, IPv4 first: iproute2 6.1,
 * ip/iproute.c.
 */
export function ofFamily(text: string, family: 4 | 6): string {
  const first = text.split('\n').findIndex(isRoute6);
  const end = first < 0 ? Number.POSITIVE_INFINITY : first;
  return blanked(text, (_, i) => i < end === (family === 4));
}

const isRoute6 = (line: string) =>
  /(^|\s)[\da-f]*:[\da-f:]*:?[\da-f.]*(\/\d+)?(\s|$)/i.test(line) ||
  / pref (low|medium|high)\b| table unspec /.test(line);

/** Returns the rows of /proc/net/tcp that are sockets waiting for connections. */
export const listening = (text: string) =>
  blanked(text, (line) => /^ *\d+: [0-9A-F]+:[0-9A-F]{4} [0-9A-F]+:[0-9A-F]{4} 0A /.test(line));

/** Removes the cookies of TCP Fast Open, which are secrets. */
export const withoutCookies = (text: string) => text.replace(/ fo_cookie [0-9a-f]*/g, '');
