/** What is read of an image is what its host would print: the same questions, asked in it by chroot. */
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { collectors } from '../../src/collectors/index.ts';
import { folderStore } from '../../src/media/folder.ts';
import { treeOf } from '../../src/media/tree.ts';
import { hostPrelude, insidePrelude } from '../../src/transports/script/prelude.ts';
import { describeWhere } from '../needs.ts';
import { temporaryFolder } from '../temporary.ts';

const FILES: Record<string, string> = {
  'etc/hostname': 'lb-1\n',
  'etc/os-release': 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n',
  'etc/sysctl.d/10-first.conf': '# comment\nnet.ipv4.ip_forward = 1\n\n-net/ipv4/tcp_tw_recycle=1',
  'etc/sysctl.d/.hidden.conf': 'net.ipv4.ip_forward = 0\n',
  'etc/sysctl.d/README': 'net.ipv4.ip_forward = 0\n',
  'usr/lib/sysctl.d/10-first.conf': 'net.ipv4.ip_forward = 0\n',
  'usr/lib/sysctl.d/50-empty.conf': '',
  'usr/lib/sysctl.d/60-masked.conf': 'net.ipv4.tcp_syncookies = 0\n',
  'usr/lib/sysctl.d/70-secret.conf': 'net.ipv6.conf.all.stable_secret = 2001:db8::1\n',
  'etc/sysctl.conf': 'net.core.somaxconn = 4096\n',
  'etc/sysctl.d/80-other.conf':
    'DB_PASSWORD=s3cr3t\ns3cr3t\n-net.ipv4.conf.all.rp_filter\n-s3cr3t\n - net.core.x =\t1\n',
  'usr/lib/systemd/systemd': '',
  'etc/nftables.conf':
    '#!/usr/sbin/nft -f\n# s3cr3t\n  flush  ruleset\n# flush ruleset\ntable ip s3cr3t {}\n',
  'etc/rc2.d/S01ufw': '',
  'etc/rc2.d/K01docker': '',
  'etc/init.d/docker': '',
  'usr/lib/systemd/system/kubelet.service': '',
  'etc/modules': '# of Debian\nbr_netfilter\n',
  'usr/lib/modules-load.d/lvs.conf': 'ip_vs\n;nf_conntrack\nfirst s3cr3t\nx:s3cr3t\n',
  'etc/keepalived/keepalived.conf':
    'include conf.d/*.conf\ninclude /etc/keepalived/more.conf\ninclude nothing/*\n' +
    'vrrp_instance one {\n  authentication { auth_type PASS auth_pass s3cr3t }\n' +
    '  notify "/bin/tell --password s3cr3t" root\n}\n',
  'etc/keepalived/conf.d/no-conf.conf': 'root:$6$c2FsdA$hash:19000:0:::::\nDB_PASSWORD=s3cr3t\n',
  'etc/keepalived/conf.d/a.conf': '$API_TOKEN=s3cr3t\nvirtual_server 192.0.2.1 80 {\n}\n',
  'etc/keepalived/conf.d/b.conf':
    '\tpassword "two words"\nreal_server 10.0.0.1 80 {\n misc_path "/bin/x y z" }\n',
  'etc/keepalived/more.conf':
    'include conf.d/a.conf\n# the s3cr3t {\nunknown s3cr3t {\n weight 5 } other "}"\n\t! s3cr3t\n@lb-1 weight 1\n@x s3cr3t\n' +
    '192.0.2.1 s3cr3t\n192.0.2.1/24 dev eth0\nfe80::1\n{ }\n} weight 2 }\n$A {\n$' +
    '{A} b\n$A=1\n~SEQ(x, 1)\n# the end',
};
const LINKS: Record<string, string> = {
  lib: 'usr/lib',
  'usr/sbin/iptables': '/etc/alternatives/iptables',
  'etc/alternatives/iptables': '/bin/busybox',
  'etc/sysctl.d/99-sysctl.conf': '../sysctl.conf',
  'etc/sysctl.d/60-masked.conf': '/dev/null',
  'etc/sysctl.d/90-nowhere.conf': '/opt/nowhere.conf',
  'etc/systemd/system/sysinit.target.wants/nftables.service': '/usr/lib/systemd/system/nftables.service',
};

/** A machine of its own in the folder `$1`: nothing else runs there. */
const MACHINE = 'mount -t proc proc "$1/proc" && exec chroot "$1" /bin/sh';

describeWhere({ root: true, programs: ['busybox', 'chroot', 'unshare'] }, 'an image', () => {
  const root = temporaryFolder('image');
  beforeAll(() => {
    for (const [path, text] of Object.entries(FILES)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    for (const [path, target] of Object.entries(LINKS)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      symlinkSync(target, join(root, path));
    }
    // what a running host has beside it
    for (const folder of ['bin', 'dev', 'proc', 'run/systemd/system'])
      mkdirSync(join(root, folder), { recursive: true });
    execFileSync('mknod', [join(root, 'dev/null'), 'c', '1', '3']);
    const busybox = execFileSync('/bin/sh', ['-c', 'command -v busybox']).toString().trim();
    copyFileSync(busybox, join(root, 'bin/busybox'));
    execFileSync('chroot', [root, '/bin/busybox', '--install', '-s', '/bin']);
  });

  /** Lines of what the host prints, without those that only a running one has. */
  function said(collector: string, probe: string, leftOut: RegExp): { live: string[]; atRest: string[] } {
    const { ask, atRest } = collectors.get(collector)!.probes[probe]!;
    const machine = ['--mount', '--pid', '--fork', 'sh', '-c', MACHINE, 'sh', root];
    const { stdout, stderr } = spawnSync('unshare', machine, {
      input: `${insidePrelude}${hostPrelude}\n${ask}`,
    });
    expect(stderr.toString()).toBe('');
    const found = atRest!(treeOf(folderStore(root)));
    if (!found.ok) throw new Error(found.reason);
    const lines = (text: string) => text.split('\n').filter((line) => line !== '' && !leftOut.test(line));
    return { live: lines(stdout.toString()), atRest: lines(found.value.text) };
  }

  it.each([
    ['kernel', 'os', /^$/],
    ['sysctl_boot', 'files', /^$/],
    ['modules', 'modules', /^(unknown|builtin|loaded) /],
    ['firewall_boot', 'files', /^$/],
    ['iptables', 'command', /^(registered|modules|config|has|untold) /],
    ['keepalived', 'files', /^hidden$|^idle /],
  ])('%s.%s', (collector, probe, leftOut) => {
    const { live, atRest } = said(collector, probe, leftOut);
    expect(live.length).toBeGreaterThan(0);
    expect(atRest.toSorted()).toEqual(live.toSorted());
    expect(atRest.join('\n')).not.toContain('s3cr3t');
  });
});
