/** Tickets as folders: what several files come to, what is set apart, and what each file is said to be taken for. */
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../temporary.ts';
import { readPaste } from './pastes/facts.ts';

const scratch = temporaryFolder('tickets');

/** The fields of a fact that are looked at: a path of keys, and what is there. */
interface Ticket {
  name: string;
  files: Record<string, string>;
  /** By fact: parts of its value, as JSON has them; null: it is not known. */
  tells: Record<string, unknown>;
  /** By fact, a part of the reason why it is incomplete; null: it is whole. */
  partial?: Record<string, string | null>;
  /** By fact, keys that it must not have. */
  lacks?: Record<string, string[]>;
  takenFor?: Record<string, string[]>;
  leftOut?: Record<string, string[]>;
}

const FILTER = '*filter\n:INPUT ACCEPT [0:0]\n:FORWARD DROP [0:0]\n:OUTPUT ACCEPT [0:0]\nCOMMIT\n';
const NAT =
  '*nat\n:PREROUTING ACCEPT [0:0]\n:INPUT ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:POSTROUTING ACCEPT [0:0]\n-A POSTROUTING -o eth0 -j MASQUERADE\nCOMMIT\n';
const POLICIES = '-P PREROUTING ACCEPT\n-P INPUT ACCEPT\n-P OUTPUT ACCEPT\n-P POSTROUTING ACCEPT\n';
const MASQUERADED = { source: [{ table: 'nat', chain: 'POSTROUTING', target: 'MASQUERADE' }] };
const IPVS =
  'Prot LocalAddress:Port Scheduler Flags\n  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn\n';

const KERNELS_IPVS =
  'IP Virtual Server version 1.2.1 (size=4096)\nProt LocalAddress:Port Scheduler Flags\n  -> RemoteAddress:Port Forward Weight ActiveConn InActConn\n';
const SERVICE = 'TCP  192.168.128.5:5432 wlc persistent 1800\n';
const KERNELS_SERVICE = 'TCP  C0A88005:1538 wlc  persistent 450000 FFFFFFFF\n';

const TICKETS: readonly Ticket[] = [
  {
    name: "the table of IPVS, as ipvsadm and as the kernel prints it: ipvsadm's, which is in seconds",
    files: {
      'ipvsadm.txt': `IP Virtual Server version 1.2.1 (size=4096)\n${IPVS}${SERVICE}`,
      'proc_net_ip_vs.txt': `${KERNELS_IPVS}${KERNELS_SERVICE}`,
    },
    tells: { ipvs: { services: [{ address: '192.168.128.5', timeout: 1800 }] } },
    partial: { ipvs: null },
  },
  {
    name: "one service as ipvsadm prints it, and the kernel's whole table: the whole",
    files: {
      'ipvsadm.txt': `$ ipvsadm -Ln -t 192.168.128.5:5432\n${IPVS}${SERVICE}`,
      'proc_net_ip_vs.txt': `${KERNELS_IPVS}${KERNELS_SERVICE}TCP  C0A88006:0050 wlc\n`,
    },
    tells: { ipvs: { services: [{ address: '192.168.128.5' }, { address: '192.168.128.6' }] } },
    partial: { ipvs: null },
  },
  {
    name: 'tables of iptables in a file each are one ruleset',
    files: { 'iptables-save_-t_filter': FILTER, 'iptables-save_-t_nat': NAT },
    tells: { nat: MASQUERADED },
    partial: { nat: 'only table filter, nat of iptables was collected' },
    takenFor: { 'iptables-save_-t_filter': ['iptables-save'], 'iptables-save_-t_nat': ['iptables-save'] },
  },
  {
    name: 'iptables -S of nat, in a file whose name does not say so',
    files: { 'rules.txt': `${POLICIES}-A POSTROUTING -o eth0 -j MASQUERADE\n` },
    tells: { nat: MASQUERADED },
    takenFor: { 'rules.txt': ['iptables -t nat -S'] },
  },
  {
    name: 'chains in a file each are one table',
    files: {
      'a.txt': '$ iptables -t nat -S POSTROUTING\n-P POSTROUTING ACCEPT\n-A POSTROUTING -j KUBE\n',
      'b.txt': '$ iptables -t nat -S KUBE\n-N KUBE\n-A KUBE -j MASQUERADE\n',
    },
    tells: { nat: { source: [{ chain: 'KUBE', origin: 'b.txt', line: 3 }] } },
    partial: { nat: 'PREROUTING, OUTPUT of table nat are not listed' },
  },
  {
    name: 'a table that is listed twice, and otherwise: the first, and that is said',
    files: {
      'a.txt': `${POLICIES}-A POSTROUTING -o eth0 -j MASQUERADE\n`,
      'b.txt': `${POLICIES}-A POSTROUTING -o eth1 -j MASQUERADE\n`,
    },
    tells: { nat: { source: [{ text: '-A POSTROUTING -o eth0 -j MASQUERADE' }] } },
    partial: { nat: 'chain POSTROUTING of table nat is otherwise in b.txt than in a.txt' },
  },
  {
    name: 'a setting with two values in two files has none',
    files: {
      'a.txt': 'net.ipv4.ip_forward = 0\nnet.core.somaxconn = 128\n',
      'b.txt': 'net.ipv4.ip_forward=1\n',
    },
    tells: { sysctl: { 'net.core.somaxconn': 128 } },
    lacks: { sysctl: ['net.ipv4.ip_forward'] },
    partial: { sysctl: 'net.ipv4.ip_forward is otherwise in b.txt than in a.txt' },
  },
  {
    name: 'a setting with two values in one file has none',
    files: { 'a.txt': 'net.ipv4.ip_forward = 0\nnet.core.somaxconn = 128\nnet.ipv4.ip_forward = 1\n' },
    tells: { sysctl: { 'net.core.somaxconn': 128 } },
    lacks: { sysctl: ['net.ipv4.ip_forward'] },
  },
  {
    name: 'values alone, after the command that tells what they are',
    files: {
      'ticket.txt':
        'h:~ # cat /proc/sys/net/ipv4/ip_forward /proc/sys/net/core/somaxconn\n1\n4096\nh:~ # grep . /proc/sys/net/ipv4/conf/eth0.100/rp_filter\n/proc/sys/net/ipv4/conf/eth0.100/rp_filter:2\nh:~ # uname -r\n5.10.0-21-amd64\n',
    },
    tells: {
      sysctl: { 'net.ipv4.ip_forward': 1, 'net.core.somaxconn': 4096, 'net.ipv4.conf.eth0/100.rp_filter': 2 },
      kernel: { release: '5.10.0-21-amd64' },
    },
  },
  {
    name: 'what cat says of a setting that is not there is no value',
    files: {
      'ticket.txt':
        '$ cat /proc/sys/net/ipv4/tcp_tw_recycle\ncat: /proc/sys/net/ipv4/tcp_tw_recycle: No such file or directory\n$ cat /proc/sys/net/core/somaxconn\n128\n',
    },
    tells: { sysctl: { 'net.core.somaxconn': 128 } },
    lacks: { sysctl: ['net.ipv4.tcp_tw_recycle'] },
    leftOut: { 'ticket.txt': ['line 2: nothing that twlint knows'] },
  },
  {
    name: 'settings of a file are not those of the kernel',
    files: {
      'ticket.txt': '$ cat /etc/sysctl.d/99-x.conf\nnet.ipv4.ip_forward = 1\n$ uname -r\n5.10.0\n',
      '98-y.conf': 'net.core.somaxconn = 1\n',
    },
    tells: { sysctl: {}, sysctl_boot: { settings: { 'net.ipv4.ip_forward': '1' } } },
    lacks: { sysctl: ['net.ipv4.ip_forward', 'net.core.somaxconn'] },
    takenFor: { 'ticket.txt': ['sysctl', '/etc/sysctl.d/99-x.conf'], '98-y.conf': [] },
  },
  {
    name: 'a command in another namespace tells of that',
    files: {
      'ticket.txt': `[root@h ~]# ip netns exec blue iptables -t nat -S\n${POLICIES}-A POSTROUTING -o eth0 -j MASQUERADE\n`,
    },
    tells: { nat: null, 'nat in blue': MASQUERADED },
    takenFor: { 'ticket.txt': ['iptables -t nat -S in namespace blue'] },
  },
  {
    name: 'what was printed elsewhere is of none of ours',
    files: {
      'ticket.txt': `root@node:~# docker exec web sysctl net.ipv4.ip_forward\nnet.ipv4.ip_forward = 0\nroot@node:~# sysctl net.core.somaxconn\nnet.core.somaxconn = 128\nroot@other:~# sysctl net.ipv4.tcp_timestamps\nnet.ipv4.tcp_timestamps = 0\n`,
    },
    tells: { sysctl: { 'net.core.somaxconn': 128 } },
    lacks: { sysctl: ['net.ipv4.ip_forward', 'net.ipv4.tcp_timestamps'] },
    leftOut: {
      'ticket.txt': [
        'line 2: sysctl: it was printed elsewhere (docker exec): into a folder netns-NAME with it, or that of its host',
        'line 6: sysctl: its prompt is of another host, other: into a folder of that host with it',
      ],
    },
  },
  {
    name: 'services in a file each',
    files: {
      'a.txt': `$ ipvsadm -Ln -t 10.0.0.1:80\n${IPVS}TCP  10.0.0.1:80 rr\n  -> 10.1.0.1:80                  Masq    1      0          3\n`,
      'b.txt': `$ ipvsadm -Ln -t 10.0.0.2:80\n${IPVS}TCP  10.0.0.2:80 rr\n`,
    },
    tells: {
      ipvs: { services: [{ address: '10.0.0.1', servers: [{ weight: 1 }] }, { address: '10.0.0.2' }] },
    },
    partial: { ipvs: 'it has no title, as of some services alone' },
  },
  {
    name: 'ipvsadm --stats is named, and not read',
    files: {
      'ticket.txt':
        '$ ipvsadm -Ln --stats\nIP Virtual Server version 1.2.1 (size=4096)\nProt LocalAddress:Port               Conns   InPkts\n  -> RemoteAddress:Port\nTCP  10.0.0.1:80                       123     1234\n$ uname -r\n4.4.0\n',
    },
    tells: { ipvs: null },
    leftOut: {
      'ticket.txt': [
        'lines 2-5: ipvsadm -L with --stats or --rate: it shows neither schedulers nor how servers are reached: ipvsadm -Ln does',
      ],
    },
  },
  {
    name: 'interfaces by ip -o',
    files: {
      'a.txt':
        '2: eth0    inet 10.1.2.3/24 brd 10.1.2.255 scope global eth0\\       valid_lft forever preferred_lft forever\n2: eth0    inet 10.1.2.4/24 scope global secondary eth0\\       valid_lft forever preferred_lft forever\n',
    },
    tells: {
      addresses: { list: [{ interface: 'eth0', address: '10.1.2.3', prefix: 24 }, { address: '10.1.2.4' }] },
    },
    partial: { addresses: 'ip -o tells no flags' },
  },
  {
    name: 'interfaces by ip -br',
    files: {
      'a.txt':
        'lo               UNKNOWN        127.0.0.1/8 ::1/128 \neth0@if7         UP             10.1.2.3/24 fe80::1/64 \n',
    },
    tells: {
      addresses: {
        list: [
          { interface: 'lo', scope: 'host' },
          { address: '::1' },
          { interface: 'eth0', address: '10.1.2.3' },
          { scope: 'link' },
        ],
      },
    },
    partial: { addresses: 'ip -br tells' },
  },
  {
    name: 'interfaces by ifconfig, of net-tools 2 and 1',
    files: {
      'a.txt':
        'eth0: flags=4163<UP,BROADCAST,RUNNING,MULTICAST>  mtu 1500\n        inet 10.1.2.3  netmask 255.255.255.0  broadcast 10.1.2.255\n        inet6 fe80::1  prefixlen 64  scopeid 0x20<link>\n        RX packets 1  bytes 2 (2.0 B)\n\neth0:1: flags=4163<UP>  mtu 1500\n        inet 10.1.2.4  netmask 255.255.255.255\n\neth1      Link encap:Ethernet  HWaddr 02:00:00:00:00:03\n          inet addr:10.9.0.1  Bcast:10.9.255.255  Mask:255.255.0.0\n          inet6 addr: fe80::3/64 Scope:Link\n          UP BROADCAST RUNNING MULTICAST  MTU:1500  Metric:1\n',
    },
    tells: {
      addresses: {
        list: [
          { interface: 'eth0', address: '10.1.2.3', prefix: 24 },
          { address: 'fe80::1', scope: 'link' },
          { interface: 'eth0', address: '10.1.2.4', prefix: 32 },
          { interface: 'eth1', address: '10.9.0.1', prefix: 16 },
          { address: 'fe80::3', prefix: 64 },
        ],
      },
    },
  },
  {
    name: 'routes by route -n; what ip route get says is none',
    files: {
      'a.txt':
        '$ route -n\nKernel IP routing table\nDestination     Gateway         Genmask         Flags Metric Ref    Use Iface\n0.0.0.0         10.1.2.1        0.0.0.0         UG    100    0        0 eth0\n10.1.2.0        0.0.0.0         255.255.255.0   U     0      0        0 eth0\n10.9.0.0        -               255.255.0.0     !     0      -        0 -\n$ ip route get 8.8.8.8\n8.8.8.8 via 10.1.2.1 dev eth0 src 10.1.2.3 uid 0 \n    cache \n',
    },
    tells: {
      routes: {
        list: [
          { destination: '0.0.0.0/0', via: '10.1.2.1', device: 'eth0', metric: 100 },
          { destination: '10.1.2.0/24', via: '', device: 'eth0' },
          { destination: '10.9.0.0/16', type: 'unreachable' },
        ],
      },
    },
    partial: { routes: 'route -n shows table main alone' },
  },
  {
    name: 'lsmod, whole and grepped',
    files: {
      'lsmod.txt': 'Module                  Size  Used by\nip_vs                 145497  3 ip_vs_wlc\n',
    },
    tells: { modules: { loaded: ['ip_vs'] } },
  },
  {
    name: 'counters that a grep has left, without headings',
    files: {
      'ticket.txt':
        '$ netstat -s | grep -iE "listen|overflow"\n    5191585 times the listen queue of a socket overflowed\n    5191585 SYNs to LISTEN sockets dropped\n    TCPTimeWaitOverflow: 27360\n',
    },
    tells: {
      counters: { total: { ListenOverflows: 5191585, ListenDrops: 5191585, TCPTimeWaitOverflow: 27360 } },
    },
    partial: { counters: 'shows a part' },
  },
  {
    name: 'counters of nstat that a grep has left; without -a they would be what grew',
    files: {
      'ticket.txt':
        '$ nstat -az | grep PAWS\nTcpExtPAWSPassive               3565               0.0\nTcpExtPAWSActive                0                  0.0\n',
      'other.txt': '$ nstat | tail -1\nTcpExtPAWSEstab               9               0.0\n',
    },
    tells: { counters: { total: { PAWSPassive: 3565, PAWSActive: 0 } } },
    partial: { counters: 'shows a part' },
    leftOut: {
      'other.txt': [
        'nstat: without -a it tells what grew since it was asked before: name it nstat_-az if it had -a',
      ],
    },
  },
  {
    name: 'two readings of counters: one is taken',
    files: {
      'netstat-s.1': 'TcpExt:\n    120 times the listen queue of a socket overflowed\n',
      'netstat-s.2': 'TcpExt:\n    130 times the listen queue of a socket overflowed\n',
    },
    tells: { counters: { total: { ListenOverflows: 120 } } },
    leftOut: {
      'netstat-s.2': [
        'netstat -s: it tells another than netstat-s.1, which is taken: of two times, or of two hosts?',
      ],
    },
  },
  {
    name: 'a date whose zone has a name of several',
    files: { 'date.txt': 'Wed 25 Nov 2026 06:41:16 PM CST\n', 'uname.txt': 'Linux h 5.4.0 #1 SMP x86_64\n' },
    tells: {},
    leftOut: { 'date.txt': ['date: its zone is not UTC, and no number: date -u or date -Is tells the time'] },
  },
  {
    name: 'copied files alone, and a namespace alone, are a host',
    files: { 'etc/sysctl.d/99.conf': 'net.ipv4.tcp_tw_recycle = 1\n', 'netns-blue/nat.txt': NAT },
    tells: { sysctl_boot: { settings: { 'net.ipv4.tcp_tw_recycle': '1' } }, 'nat in blue': MASQUERADED },
  },
  {
    name: 'a rule that holds a prompt and another table in its comment is one rule',
    files: {
      'iptables-save.txt':
        '*nat\n:PREROUTING ACCEPT [0:0]\n:POSTROUTING ACCEPT [0:0]\n-A POSTROUTING -m comment --comment "x\nroot@h:~# iptables-save\n*filter\n:FORWARD DROP [0:0]\nCOMMIT\n" -j MASQUERADE\nCOMMIT\n',
    },
    tells: { nat: { source: [{ target: 'MASQUERADE', line: 4 }], rules: [{ table: 'nat' }] } },
  },
  {
    name: 'what is unknown is named with a hint',
    files: {
      'uname.txt': 'Linux h 5.4.0 #1 SMP x86_64\n',
      'sar.txt':
        'Linux 3.10.0-514.el7.x86_64 (s2) \t11/23/2026 \t_x86_64_\t(4 CPU)\n\n12:00:01 AM  IFACE rxpck/s\n',
      'x.bin': '\ufffd\ufffd\u0000',
      'ipvs.txt': '-bash: ipvsadm: command not found\n',
    },
    tells: {},
    leftOut: {
      'sar.txt': [
        'sar, mpstat or another of sysstat: history is not looked at: nstat -az, twice, tells how much counters grow',
      ],
      'x.bin': ['it is no text in UTF-8'],
      'ipvs.txt': ['its command was not found there'],
    },
  },
];

describe.each(TICKETS)(
  '$name',
  async ({ name, files, tells, partial = {}, lacks = {}, takenFor = {}, leftOut = {} }) => {
    const folder = `${scratch}/${name.replaceAll(/\W+/g, '-')}`;
    const pasted = await readPaste(folder, files);
    const shortened = (text: string) => text.replaceAll(`${folder}/`, '');

    it('tells what it tells', () => {
      for (const [fact, expected] of Object.entries(tells)) {
        const value = pasted.facts.get(fact)?.value ?? null;
        const inFolder = JSON.parse(shortened(JSON.stringify(value))) as unknown;
        expect({ [fact]: inFolder }).toMatchObject({ [fact]: expected });
      }
      for (const [fact, keys] of Object.entries(lacks))
        for (const key of keys) expect(pasted.facts.get(fact)?.value).not.toHaveProperty([key]);
      for (const [fact, reason] of Object.entries(partial)) {
        const why = pasted.facts.get(fact)?.partial;
        if (reason === null) expect(why).toBeUndefined();
        else expect(shortened(why ?? '')).toContain(reason);
      }
    });

    it('says what each file was taken for', () => {
      const account = new Map(pasted.files.map(({ path, ...rest }) => [shortened(path), rest]));
      expect([...account.keys()].sort()).toEqual(
        Object.keys(files)
          .filter((file) => !file.startsWith('etc/'))
          .sort(),
      );
      for (const [file, kinds] of Object.entries(takenFor))
        expect({ [file]: account.get(file)?.takenFor }).toEqual({ [file]: kinds });
      for (const [file, lines] of Object.entries(leftOut))
        expect({ [file]: account.get(file)?.leftOut.map(shortened) }).toEqual({ [file]: lines });
    });
  },
);
