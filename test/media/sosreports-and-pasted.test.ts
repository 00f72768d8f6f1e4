/** The ticket of a real incident (Linux 3.10), as pasted outputs and as sosreports of several versions. */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Report } from '../../src/model.ts';
import { reportIn } from '../json-report.ts';
import { describeWhere } from '../needs.ts';
import { temporaryFolder } from '../temporary.ts';
import { PROGRAM, twlint } from '../twlint.ts';

const TICKET = join(import.meta.dirname, 'archives/ticket');
const scratch = temporaryFolder('archives');

async function audit(...args: string[]): Promise<{ report: Report; stderr: string }> {
  const command = ['audit', '--format', 'json', '--all', '--allow-incomplete', ...args];
  const { stdout, stderr } = await twlint(scratch, command);
  expect(stdout, stderr).not.toBe('');
  return { report: reportIn(stdout), stderr };
}

const failed = ({ findings }: Report) =>
  findings
    .filter(({ verdict, severity }) => verdict === 'fail' && severity !== 'note')
    .map(({ rule, host, namespace }) => `${rule} ${host}/${namespace}`);

const evidenceOf = ({ findings }: Report, rule: string) =>
  findings
    .find((one) => one.rule === rule && one.verdict === 'fail')!
    .evidence.map(({ origin, line }) => `${origin}:${line}`);

describe('a folder of pasted outputs', async () => {
  const { report, stderr } = await audit('--from', TICKET);

  it('gives the findings of the incident', () => {
    expect(failed(report)).toEqual(['TW001 s2/master', 'TW002 s2/init', 'TW003 s2/init', 'TW003 s2/master']);
  });

  it('shows where each was read', () => {
    const at = join(TICKET, 's2');
    expect(evidenceOf(report, 'TW002')).toContain(`${at}/sysctl-a.txt:565`);
    expect(evidenceOf(report, 'TW002')).toContain(`${at}/iptables-save.txt:18`);
    expect(evidenceOf(report, 'TW001')).toContain(`s2/init ${at}/iptables-save.txt:18`);
    expect(evidenceOf(report, 'TW005')).toContain(`${at}/netns-master/nstat-az.txt:83`);
  });

  it('tells what is not known, and acquits nobody of it', () => {
    const gaps = report.gaps.map(
      ({ host, namespace, fact, problem }) => `${fact} ${host}/${namespace} ${problem}`,
    );
    expect(gaps).toContain('nat m1/init partial');
    expect(gaps).toContain('sysctl_boot s2/null unsupported');
    expect(gaps).toContain('namespaces s2/null partial');
    const ofNat = report.findings.filter(({ rule, host }) => rule === 'NA001' && host === 'm1');
    expect(ofNat.map(({ verdict }) => verdict)).toEqual(['unknown']);
  });

  it('names the files that told nothing', () => {
    const at = join(TICKET, 's2');
    expect(stderr.split('\n')).toEqual([
      `twlint: nothing was read from ${at}/iptables-save-t-nat.txt: iptables-save: ${at}/iptables-save.txt has the same`,
      `twlint: nothing was read from ${at}/nft-list-ruleset.txt: it is empty, and no rules and no answer look alike`,
      '',
    ]);
  });
});

const text = (file: string) => readFileSync(join(TICKET, file), 'utf8');
const NETWORKING = 'sos_commands/networking';

/** Files of s2 by what is in them: the same in all versions, then those that moved. */
const SAME = {
  'sos_commands/kernel/uname_-a': text('s2/uname.txt'),
  'sos_commands/kernel/sysctl_-a': text('s2/sysctl-a.txt'),
  'proc/net/netstat': text('s2/proc_net_netstat.txt'),
  'proc/net/ip_tables_names': 'nat\nfilter\nraw\n',
  'proc/net/ip_vs': text('s2/ipvsadm-Ln.txt'),
  [`${NETWORKING}/ip_netns`]: 'master (id: 0)\n',
  [`${NETWORKING}/ip_route_show_table_all`]: text('s2/ip-route.txt'),
};
const S2 = {
  date: 'Mon Nov 23 06:45:37 UTC 2026\n',
  hostname: 's2\n',
  addresses: text('s2/ip-addr.txt'),
  nat: natListing(),
};
const MASTER = {
  addresses: text('s2/netns-master/ip-addr.txt'),
  save: text('s2/netns-master/iptables-save.txt'),
  nstat: text('s2/netns-master/nstat-az.txt'),
};

/** As sos 3 and 4.0 have it from iptables. */
function natListing(): string {
  return `Chain POSTROUTING (policy ACCEPT 0 packets, 0 bytes)
 pkts bytes target     prot opt in     out     source               destination
   16   960 MASQUERADE  all  --  *      *      !10.244.0.0/16        10.244.0.0/16
`;
}

const LAYOUTS: Record<string, Record<string, string>> = {
  'sos 3.2': {
    'sos_commands/general/date': S2.date,
    'sos_commands/general/hostname': S2.hostname,
    [`${NETWORKING}/ip_address`]: S2.addresses,
    [`${NETWORKING}/iptables_-t_nat_-nvL`]: S2.nat,
    [`${NETWORKING}/ip_netns_exec_master_ip_address_show`]: MASTER.addresses,
    [`${NETWORKING}/ip_netns_exec_master_iptables-save`]: MASTER.save,
  },
  'sos 4.0': {
    'sos_commands/date/date': S2.date,
    'sos_commands/host/hostname': S2.hostname,
    [`${NETWORKING}/ip_-d_address`]: S2.addresses,
    [`${NETWORKING}/iptables_-t_nat_-nvL`]: S2.nat,
    [`${NETWORKING}/ip_netns_exec_master_ip_address_show`]: MASTER.addresses,
    [`${NETWORKING}/ip_netns_exec_master_iptables-save`]: MASTER.save,
  },
  'sos 4.8': {
    'sos_commands/date/date_--utc': S2.date,
    'sos_commands/host/hostname': S2.hostname,
    [`${NETWORKING}/ip_-d_address`]: S2.addresses,
    'sos_commands/firewall_tables/nft_list_ruleset': `table ip nat {
	chain POSTROUTING {
		type nat hook postrouting priority srcnat; policy accept;
		ip saddr != 10.244.0.0/16 ip daddr 10.244.0.0/16 counter packets 16 bytes 960 masquerade
	}
}
`,
    [`${NETWORKING}/namespaces/master/ip_netns_exec_master_ip_-d_address_show`]: MASTER.addresses,
    [`${NETWORKING}/namespaces/master/ip_netns_exec_master_iptables-save`]: MASTER.save,
    [`${NETWORKING}/namespaces/master/ip_netns_exec_master_nstat_-zas`]: MASTER.nstat,
    [`${NETWORKING}/namespaces/master/ip_netns_exec_master_sysctl_-a`]: text('s2/netns-master/sysctl-a.txt'),
  },
};

function unpacked(name: string): string {
  const folder = join(scratch, `sosreport-${name.replace(' ', '-')}`);
  for (const [path, content] of Object.entries({ ...SAME, ...LAYOUTS[name] })) {
    // /proc/net is a link, and so it is in the archive
    const file = join(folder, path.replace('proc/net/', 'proc/4711/net/'));
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
  symlinkSync('4711', join(folder, 'proc/self'));
  symlinkSync('self/net', join(folder, 'proc/net'));
  return folder;
}

describe.each(Object.keys(LAYOUTS))('the layout of %s', async (name) => {
  const folder = unpacked(name);
  const { report } = await audit('--from', folder);

  it('names the host, its namespaces and when it was', () => {
    const [host] = report.hosts;
    expect(host).toMatchObject({
      name: 's2',
      namespaces: ['init', 'master'],
      kernel: '3.10.0-514.el7.twlab',
    });
    expect(host!.medium).toEqual({ kind: 'archive', path: folder, takenAt: '2026-11-23T06:45:37Z' });
    expect(report.startedAt).toBe('2026-11-23T06:45:37Z');
  });

  it('gives the finding of the incident, with the files of the archive', () => {
    expect(failed(report)).toContain('TW002 s2/init');
    const nat = Object.keys(LAYOUTS[name]!).find((path) => /iptables_-t|nft_list/.test(path));
    expect(evidenceOf(report, 'TW002')).toEqual(
      expect.arrayContaining(['sos_commands/kernel/sysctl_-a:565', expect.stringContaining(`${nat}:`)]),
    );
  });

  it('says of the namespace what is in the archive, and no more', () => {
    const known = name === 'sos 4.8';
    const dropped = report.findings.some(
      ({ rule, namespace, verdict }) => rule === 'TW005' && namespace === 'master' && verdict === 'fail',
    );
    expect(dropped).toBe(known);
    const counters = report.gaps.some(({ namespace, fact }) => namespace === 'master' && fact === 'counters');
    expect(counters).toBe(!known);
  });
});

it('takes several archives for one fleet, and tells of two that are one host', async () => {
  const [old, young] = ['sos 3.2', 'sos 4.8'].map((name) =>
    join(scratch, `sosreport-${name.replace(' ', '-')}`),
  );
  const { report } = await audit('--from', old!, '--from', join(TICKET, 'm1'));
  expect(report.hosts.map(({ name }) => name)).toEqual(['s2', 'm1']);
  const { status, stderr } = await twlint(scratch, ['audit', '--from', old!, '--from', young!]);
  expect(status).toBe(2);
  expect(stderr).toContain('there are two hosts s2');
});

describeWhere({ root: true, programs: ['setpriv'] }, 'a ticket of which not all may be read', () => {
  const ticket = join(temporaryFolder('locked'), 'ticket');
  const settings = 'net.ipv4.ip_forward = 1\n'.repeat(2);
  const PATHS = ['web1/sysctl.txt', 'web1/locked.txt', 'web1/netns-a/x', 'web1/large.txt', 'web2/sysctl.txt'];
  for (const path of PATHS) {
    mkdirSync(dirname(join(ticket, path)), { recursive: true });
    writeFileSync(join(ticket, path), path.endsWith('large.txt') ? settings.repeat(2 ** 19) : settings);
  }
  chmodSync(join(ticket, '..'), 0o755);
  // nobody may not look where root keeps it
  const program = join(ticket, '../twlint/dist');
  cpSync(dirname(PROGRAM), program, { recursive: true });
  copyFileSync(join(dirname(PROGRAM), '../package.json'), join(program, '../package.json'));
  for (const path of ['web1/locked.txt', 'web1/netns-a', 'web2']) chmodSync(join(ticket, path), 0);

  const audited = (...at: string[]) => {
    const asNobody = [
      '--reuid=65534',
      '--regid=65534',
      '--clear-groups',
      'node',
      join(program, basename(PROGRAM)),
    ];
    const args = ['audit', '--allow-incomplete', '--format', 'json', '--from', join(ticket, ...at)];
    const { status, stdout, stderr } = spawnSync('setpriv', [...asNobody, ...args], {
      encoding: 'utf8',
      cwd: '/',
      env: { PATH: process.env.PATH },
      maxBuffer: 2 ** 26,
    });
    return { status, stdout, stderr };
  };

  it('says what it is, and why', () => {
    const { status, stdout, stderr } = audited();
    expect(stderr.trim().split('\n')).toEqual([
      `twlint: nothing was read from ${ticket}/web1/large.txt: /web1/large.txt has more than 16 MiB`,
      `twlint: nothing was read from ${ticket}/web1/locked.txt: /web1/locked.txt: permission denied`,
      `twlint: nothing was read from ${ticket}/web1/netns-a: /web1/netns-a: permission denied`,
    ]);
    expect(status).toBe(0);
    const { gaps } = reportIn(stdout);
    expect(gaps.filter(({ host }) => host === 'web2')).toEqual([
      {
        fact: null,
        host: 'web2',
        namespace: null,
        problem: 'denied',
        reason: '/web2: permission denied',
      },
    ]);
  });

  it.each([
    ['a host of it', ['web2']],
    ['a file', ['web1', 'locked.txt']],
    ['a file behind', ['web2', 'sysctl.txt']],
  ])('is told where it is %s that is named', (_, at) => {
    const { status, stdout, stderr } = audited(...at);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^twlint: .*permission denied/);
    expect(stderr).not.toContain('internal error');
  });
});
