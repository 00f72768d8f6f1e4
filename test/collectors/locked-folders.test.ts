/**
 * A folder that one may not enter is no empty folder: the questions of every collector, asked by a plain user of a small
 * root in which one folder is root's alone, and the same of that root at rest.
 */
import { chmodSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { collectors } from '../../src/collectors/index.ts';
import type { Found } from '../../src/define.ts';
import { folderStore } from '../../src/media/folder.ts';
import { treeOf } from '../../src/media/tree.ts';
import type { Answer } from '../../src/model.ts';
import { describeWhere } from '../needs.ts';
import { type SmallRoot, smallRoot } from '../transports/small-root.ts';
import { answers, scriptFor } from './asking.ts';

const NOBODY = 65534;
const KEEPALIVED = 'vrrp_instance one {\n}\ninclude conf.d/*.conf\n';

const FILES: Record<string, string> = {
  '/etc/os-release': 'NAME=Small\n',
  '/etc/hostname': 'small\n',
  '/etc/sysctl.conf': 'net.core.somaxconn = 1\n',
  '/etc/sysctl.d/a.conf': 'net.core.somaxconn = 2\n',
  '/usr/lib/sysctl.d/a.conf': 'net.core.somaxconn = 3\n',
  '/etc/modules': 'ip_vs\n',
  '/etc/modules-load.d/a.conf': 'br_netfilter\n',
  '/etc/keepalived/keepalived.conf': KEEPALIVED,
  '/etc/keepalived/conf.d/a.conf': 'virtual_server 192.0.2.1 80 {\n}\n',
  '/etc/iptables/rules.v4': '*nat\n:POSTROUTING ACCEPT [0:0]\nCOMMIT\n',
  '/etc/iptables/rules.v6': '*nat\n:POSTROUTING ACCEPT [0:0]\nCOMMIT\n',
  '/etc/nftables.conf': 'table ip nat {\n}\n',
  '/etc/sysconfig/ipvsadm': '-A -t 192.0.2.1:80 -s wlc\n',
  '/etc/systemd/system/multi-user.target.wants/nftables.service': '',
  '/lib/modules/6.1.0/modules.dep': 'kernel/net/ipv4/x.ko:\n',
  '/lib/modules/6.1.0/modules.builtin': 'kernel/net/ipv4/x.ko\n',
  '/usr/sbin/xtables-nft-multi': '',
  '/usr/lib/systemd/systemd': '',
  '/proc/modules': 'ext4 1 1 - Live 0x0\n',
  '/proc/kallsyms': '0 T ip_rcv\n',
  '/proc/net/if_inet6': '',
  '/proc/net/ip_tables_names': 'nat\n',
  '/proc/net/ip6_tables_names': 'nat\n',
  '/proc/net/ip_vs': 'IP Virtual Server version 1.2.1 (size=4096)\n',
  '/proc/net/netstat': 'TcpExt: SyncookiesSent\nTcpExt: 0\n',
  '/proc/net/snmp': 'Tcp: MaxConn\nTcp: -1\n',
  '/proc/net/tcp': '  sl  local_address\n',
  '/proc/net/tcp6': '  sl  local_address\n',
  '/proc/net/stat/nf_conntrack': 'entries\n00000000\n',
  '/proc/net/stat/arp_cache': 'entries\n00000000\n',
  '/proc/net/stat/ndisc_cache': 'entries\n00000000\n',
  '/proc/sys/net/core/somaxconn': '128\n',
  '/proc/sys/net/netfilter/nf_conntrack_count': '0\n',
  '/proc/sys/net/netfilter/nf_conntrack_max': '0\n',
  '/proc/sys/net/netfilter/nf_conntrack_buckets': '0\n',
  '/proc/sys/net/ipv4/vs/conntrack': '0\n',
  '/proc/sys/net/bridge/bridge-nf-call-iptables': '0\n',
  '/proc/sys/kernel/osrelease': '6.1.0\n',
  '/proc/sys/kernel/hostname': 'small\n',
  '/proc/sys/kernel/random/boot_id': 'x\n',
  '/proc/uptime': '1.0 1.0\n',
};

/** A folder that is locked, and the questions that then are not to be answered as if nothing were in it. */
const LIVE: [folder: string, questions: string[]][] = [
  ['/etc', ['kernel.os', 'sysctl_boot.files', 'modules.modules', 'keepalived.files']],
  ['/etc/sysctl.d', ['sysctl_boot.files']],
  ['/usr/lib/sysctl.d', ['sysctl_boot.files']],
  ['/usr/lib', ['sysctl_boot.files']],
  ['/etc/modules-load.d', ['modules.modules']],
  ['/etc/keepalived', ['keepalived.files']],
  ['/etc/keepalived/conf.d', ['keepalived.files']],
  [
    '/proc/net',
    [
      'conntrack.stat',
      'counters.netstat',
      'counters.snmp',
      'ipvs.ipvs',
      'ipvs.ipvsadm',
      'listeners.tcp',
      'listeners.tcp6',
      'nat.legacy',
      'nat.legacy6',
      'neighbours.arp',
      'neighbours.ndisc',
      'routes.routes6',
      'routes.rules6',
    ],
  ],
  ['/proc/net/stat', ['conntrack.stat', 'neighbours.arp', 'neighbours.ndisc']],
  ['/proc/sys/net', ['conntrack.limits', 'sysctl.values']],
  ['/proc/sys/net/netfilter', ['conntrack.limits']],
  ['/proc/sys/kernel', ['kernel.release', 'kernel.hostname', 'kernel.boot_id']],
];

const AT_REST: [folder: string, questions: string[]][] = [
  [
    '/etc',
    [
      'kernel.os',
      'sysctl_boot.files',
      'modules.modules',
      'keepalived.files',
      'nat.nft',
      'nat.nft6',
      'nat.nftables',
      'ipvs.ipvsadm',
    ],
  ],
  ['/etc/sysctl.d', ['sysctl_boot.files']],
  ['/usr/lib/systemd', ['sysctl_boot.files']],
  ['/etc/modules-load.d', ['modules.modules']],
  ['/etc/keepalived', ['keepalived.files']],
  ['/etc/keepalived/conf.d', ['keepalived.files']],
  ['/etc/iptables', ['nat.nft', 'nat.nft6']],
  ['/etc/sysconfig', ['ipvs.ipvsadm']],
  ['/usr/sbin', ['nat.legacy', 'nat.legacy6', 'nat.nft', 'nat.nft6']],
  ['/etc/systemd/system', ['nat.nft', 'nat.nftables', 'ipvs.ipvsadm']],
  ['/etc/systemd/system/multi-user.target.wants', ['nat.nft', 'nat.nftables']],
  ['/lib/modules', ['kernel.release', 'modules.modules']],
  ['/lib/modules/6.1.0', ['modules.modules']],
];

/** Of the real /proc, a shell needs what its own descriptors are. */
const INSIDE = `mount -t proc proc "$0/own" && exec chroot --userspec=${NOBODY}:${NOBODY} "$0" /bin/sh`;

/** Says of an answer that something was not seen. */
function isOpen(answer: Answer<string> | undefined): boolean {
  if (answer === undefined) return false;
  if (!answer.ok) return answer.problem !== 'absent';
  return /^(?:denied|unread|unseen:|untold) |permission denied/im.test(answer.value);
}

describeWhere(
  { root: true, programs: ['busybox', 'chroot', 'unshare'] },
  'a folder that one may not enter',
  () => {
    let root: SmallRoot;
    beforeAll(() => {
      root = smallRoot();
      for (const [path, text] of Object.entries(FILES)) root.write(path, text);
      mkdirSync(join(root.folder, 'own'));
      symlinkSync('/own/self', join(root.folder, 'proc/self'));
      // programs that are asked only where something is to be asked
      for (const name of ['ipvsadm', 'iptables-legacy-save', 'ip6tables-legacy-save'])
        root.write(`/usr/bin/${name}`, '');
    });
    afterAll(() => root.remove());

    async function whileLocked<T>(folder: string | null, ask: () => T | Promise<T>): Promise<T> {
      if (folder !== null) chmodSync(join(root.folder, folder), 0o700);
      try {
        return await ask();
      } finally {
        if (folder !== null) chmodSync(join(root.folder, folder), 0o755);
      }
    }

    describe('of a host', () => {
      async function asked(folder: string | null) {
        const command = ['unshare', '--mount', 'sh', '-c', INSIDE, root.folder];
        const frames = await whileLocked(folder, () => answers(command, scriptFor('init')));
        return new Map(frames.map(({ probe, answer }) => [probe, answer]));
      }

      it('is told only where there is one', async () => {
        const said = await asked(null);
        const open = [...said]
          .filter(([, answer]) => answer.ok && isOpen(answer))
          .map(([question]) => question);
        expect(open).toEqual([]);
      });

      it.each(LIVE)('%s', async (folder, questions) => {
        const said = await asked(folder);
        const clean = questions.filter((question) => !isOpen(said.get(question)));
        expect(clean).toEqual([]);
      });
    });

    describe('of an image', () => {
      /** As a plain user: root may enter everything. */
      function found(question: string): Answer<string> {
        const [id, probe] = question.split('.');
        const { atRest } = collectors.get(id!)!.probes[probe!]!;
        process.seteuid!(NOBODY);
        try {
          const answer: Answer<Found> = atRest!(treeOf(folderStore(root.folder)));
          return answer.ok
            ? { ok: true, value: `${answer.value.text}\n${answer.value.remark ?? ''}` }
            : answer;
        } finally {
          process.seteuid!(0);
        }
      }

      it.each(AT_REST)('%s', async (folder, questions) => {
        const clean = await whileLocked(folder, () =>
          questions.filter((question) => !isOpen(found(question))),
        );
        expect(clean).toEqual([]);
        // without a lock, or without the folder, there is nothing to tell
        expect(questions.filter((question) => isOpen(found(question)))).toEqual([]);
      });
    });
  },
);
