/** A host that is audited while it runs, and once more from the sosreport that Debian's sos makes of it. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import type { Finding, Report } from '../../src/model.ts';
import { reportIn } from '../json-report.ts';
import { describeWhere } from '../needs.ts';
import { temporaryFolder } from '../temporary.ts';
import { PROGRAM } from '../twlint.ts';

const ROOT = join(import.meta.dirname, '../..');
const scratch = temporaryFolder('sosreport');

const AUDIT = [PROGRAM, 'audit', '--allow-incomplete', '--fail-on', 'never', '--quiet'];

const run = (program: string, args: string[]) => spawnSync(program, args, { cwd: scratch, encoding: 'utf8' });

const failed = ({ findings }: Report) =>
  findings.filter(({ verdict }) => verdict === 'fail').map(({ rule, namespace }) => `${rule} ${namespace}`);

/** The facts that sos 4.0 collects in part or not at all, of a host and of a namespace beside its own: docs/archives.md. */
const LACKING = ['firewall_boot', 'iptables', 'kernel', 'keepalived', 'modules', 'sysctl_boot'];
const LACKING_THERE = [
  ...LACKING,
  'conntrack',
  'counters',
  'ipvs',
  'nat',
  'netfilter',
  'routes',
  'sysctl',
  'tcp_metrics',
];

describeWhere(
  { root: true, programs: ['sos', 'unshare', 'ip', 'iptables-nft', 'nft', 'sysctl', 'xz'] },
  'a host, live and from its sosreport',
  () => {
    let archive: string;
    let before: Report;
    let after: Report;

    beforeAll(() => {
      writeFileSync(join(scratch, 'hosts.ini'), 'this ansible_connection=local\n');
      const host = join(ROOT, 'test/lab/sosreport/host.sh');
      const output = `json:${join(scratch, 'live.json')}`;
      const live = [process.execPath, ...AUDIT, '-i', 'hosts.ini', '--netns', 'all', '--all', '-o', output];
      const alone = ['-n', '-m', '-p', '-f', '--mount-proc'];
      const made = run('unshare', [...alone, 'sh', host, scratch, ...live]);
      archive = readdirSync(scratch).find((name) => name.endsWith('.tar.xz')) ?? made.stderr;
      const offline = run(process.execPath, [...AUDIT, '--from', archive, '--all', '--format', 'json']);
      before = reportIn(readFileSync(join(scratch, 'live.json'), 'utf8'));
      after = reportIn(offline.stdout);
    }, 120_000);

    it('gives the same findings on the host', () => {
      const ofInit = (report: Report) => failed(report).filter((one) => !one.endsWith(' blue'));
      expect(ofInit(before)).toEqual(expect.arrayContaining(['NA004 init', 'LS007 init', 'TW007 init']));
      expect(ofInit(after)).toEqual(ofInit(before));
    });

    it('acquits of nothing that it can not tell, and says for want of which fact', () => {
      const key = ({ rule, namespace }: Finding) => `${rule} ${namespace}`;
      const was = new Map(before.findings.map((finding) => [key(finding), finding.verdict]));
      const differing = after.findings.filter((finding) => finding.verdict !== was.get(key(finding)));
      expect(differing.length).toBeGreaterThan(0);
      expect(differing.filter(({ verdict }) => verdict !== 'unknown').map(key)).toEqual([]);
      const unexplained = differing.filter(({ namespace, message }) => {
        const lacking = namespace === 'blue' ? LACKING_THERE : LACKING;
        return !lacking.some((fact) =>
          new RegExp(`\\b${fact} (\\S+ )?is not (known|complete)|${fact} \\w+ could not be read`).test(
            message,
          ),
        );
      });
      expect(unexplained.map((finding) => `${key(finding)}: ${finding.message}`)).toEqual([]);
    });

    it('names the file of the archive', () => {
      const finding = after.findings.find(({ rule, verdict }) => rule === 'NA004' && verdict === 'fail')!;
      expect(finding.evidence.map(({ origin }) => origin)).toContain(
        'sos_commands/networking/nft_list_ruleset',
      );
      expect(after.hosts[0]!.medium).toMatchObject({ kind: 'archive', path: archive });
      expect(after.hosts[0]!.medium!.takenAt).not.toBeNull();
    });
  },
);
