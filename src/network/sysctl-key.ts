/**
 * Names of sysctls. A name is its path below /proc/sys with `.` for `/`; where a part of the path has a dot itself
 * (the interface `eth0.100`), that dot is written `/`: sysctl(8) and sysctl.d(5).
 */

/** `/proc/sys/net/ipv4/conf/eth0.100/rp_filter` is `net.ipv4.conf.eth0/100.rp_filter`. */
export function sysctlKeyOfPath(path: string): string {
  return swapped(path.replace(/^\/proc\/sys\//, ''));
}

/** A name as people write it, with dots or with slashes: the first of either tells which one separates. */
export function sysctlKey(name: string): string {
  return name.search(/[./]/) === name.indexOf('/') && name.includes('/') ? swapped(name) : name;
}

/** Tabs and runs of blanks, which the kernel prints between numbers, as one space. */
export function sysctlValue(text: string): string {
  return text.trim().replace(/[ \t]+/g, ' ');
}

function swapped(name: string): string {
  return name.replace(/[./]/g, (separator) => (separator === '/' ? '.' : '/'));
}
