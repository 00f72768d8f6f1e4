/** A Debian made of its own packages, as debootstrap unpacks them, with what was left in a golden image. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Log } from 'sarif';
import { beforeAll, expect, it } from 'vitest';
import { describeWhere } from '../needs.ts';
import { temporaryFolder } from '../temporary.ts';
import { twlint } from '../twlint.ts';

const PACKAGES = [
  'base-files',
  'procps',
  'systemd',
  'iptables',
  'netfilter-persistent',
  'iptables-persistent',
  'nftables',
];

/** As Greenplum's installation guide had it (NETWORKING and memory), before tcp_tw_recycle was taken out of it. */
const GREENPLUM = `kernel.shmmax = 500000000
kernel.shmmni = 4096
kernel.sem = 250 512000 100 2048
net.ipv4.tcp_syncookies = 1
net.ipv4.tcp_tw_recycle = 1
net.ipv4.conf.all.arp_filter = 1
net.ipv4.ip_local_port_range = 10000 65535
net.core.netdev_max_backlog = 10000
vm.overcommit_memory = 2
`;
const RULES = `*nat
:POSTROUTING ACCEPT [0:0]
-A POSTROUTING -s 10.244.0.0/16 ! -d 10.244.0.0/16 -j MASQUERADE
COMMIT
`;

describeWhere({ programs: ['apt-get', 'dpkg-deb', 'tar'], packages: true }, 'a Debian tree', () => {
  const scratch = temporaryFolder('debian');
  const root = join(scratch, 'rootfs');
  const put = (path: string, text: string) => writeFileSync(join(root, path), text);

  beforeAll(() => {
    mkdirSync(root);
    execFileSync('apt-get', ['download', '-qq', ...PACKAGES], {
      cwd: scratch,
      stdio: ['ignore', 'ignore', 'ignore'],
    });
    for (const name of readdirSync(scratch).filter((one) => one.endsWith('.deb')))
      execFileSync('dpkg-deb', ['-x', join(scratch, name), root]);
    mkdirSync(join(root, 'lib/modules/3.10.0-1160.el7.x86_64'), { recursive: true });
  }, 120_000);

  async function audit(...options: string[]) {
    const { status, stdout, stderr } = await twlint(scratch, ['audit', '-q', ...options]);
    return { status, text: stdout + stderr };
  }

  it('as it comes, is clean', async () => {
    expect(await audit('--root', 'rootfs')).toMatchObject({
      status: 0,
      text: expect.stringContaining('No findings: '),
    });
  });

  it('with a setting of old and a rule that is saved, fails at their lines; fixed as it says, is clean', async () => {
    put('etc/sysctl.d/99-greenplum.conf', GREENPLUM);
    mkdirSync(join(root, 'etc/iptables'), { recursive: true });
    put('etc/iptables/rules.v4', RULES);
    const failed = await audit(
      ...['--root', 'rootfs', '--root-prefix', 'image', '--format', 'sarif', '--fail-on', 'warning'],
    );
    expect(failed.status).toBe(1);
    const [run] = (JSON.parse(failed.text) as Log).runs;
    const found = run!.results!.map(({ ruleId, locations }) => {
      const { artifactLocation, region } = locations![0]!.physicalLocation!;
      return `${ruleId} ${artifactLocation!.uri}:${region!.startLine}`;
    });
    expect(found).toContain('TW019 image/etc/sysctl.d/99-greenplum.conf:5');
    expect(found.filter((place) => !place.includes(' image/etc/sysctl.d/99-greenplum.conf:'))).toEqual([]);
    execFileSync('tar', ['-czf', join(scratch, 'image.tar.gz'), '-C', root, '.']);
    expect(await audit('--root', 'image.tar.gz', '--fail-on', 'warning')).toMatchObject({
      status: 1,
      text: expect.stringContaining('99-greenplum.conf:5'),
    });

    const [fix] = run!.results!.find(({ ruleId }) => ruleId === 'TW019')!.fixes!;
    const { startLine, endLine } = fix!.artifactChanges[0]!.replacements[0]!.deletedRegion;
    const lines = readFileSync(join(root, 'etc/sysctl.d/99-greenplum.conf'), 'utf8').split('\n');
    lines.splice(startLine! - 1, endLine! - startLine!);
    put('etc/sysctl.d/99-greenplum.conf', lines.join('\n'));
    expect((await audit('--root', 'rootfs')).status).toBe(0);
  });
});
