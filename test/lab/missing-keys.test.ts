/** What programs make of a file's line for a setting that the kernel lacks: BT009, CT012 and TW007 speak of it. */
import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { describeWhere } from '../needs.ts';

const SYSTEMD = '/usr/lib/systemd/systemd-sysctl';
const FILE = '/run/sysctl.d/50-old.conf';

/** procps 4.0.2 and systemd 252. */
const CASES = [
  { line: 'net.ipv4.tcp_tw_recycle = 0', program: SYSTEMD, fails: false, complains: true },
  { line: '-net.ipv4.tcp_tw_recycle = 0', program: SYSTEMD, fails: false, complains: false },
  { line: 'net.ipv4.tcp_tw_recycle = 0', program: `sysctl -p ${FILE}`, fails: true, complains: true },
  { line: '-net.ipv4.tcp_tw_recycle = 0', program: `sysctl -p ${FILE}`, fails: true, complains: true },
  { line: '-net.ipv4.tcp_tw_recycle = 0', program: `sysctl -e -p ${FILE}`, fails: false, complains: false },
  { line: 'net.ipv4.tcp_tw_recycle = 0', program: 'sysctl -q --system', fails: false, complains: false },
];

/** In namespaces whose only file of sysctl.d has that line. */
function loaded(line: string, program: string) {
  const script = `
    mount --make-rprivate /
    mount -t tmpfs tmpfs /run
    for folder in /etc/sysctl.d /usr/lib/sysctl.d /usr/local/lib/sysctl.d; do
      [ ! -d "$folder" ] || mount -t tmpfs tmpfs "$folder"
    done
    : >/run/none
    [ ! -e /etc/sysctl.conf ] || mount --bind /run/none /etc/sysctl.conf
    mkdir /run/sysctl.d
    printf '%s\\n' "$1" >${FILE}
    ${program}`;
  return spawnSync('unshare', ['--net', '--mount', 'sh', '-c', script, 'sh', line], { encoding: 'utf8' });
}

const needs = { root: true as const, programs: ['unshare', 'sysctl'], files: [SYSTEMD] };

describeWhere(needs, 'a line for a setting that the kernel lacks', () => {
  it.each(CASES)('$program, $line', ({ line, program, fails, complains }) => {
    const { status, stderr } = loaded(line, program);
    expect({ fails: status !== 0, complains: stderr.includes('tcp_tw_recycle') }, stderr).toEqual({
      fails,
      complains,
    });
  });
});
