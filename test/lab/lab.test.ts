import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Log } from 'sarif';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWhere } from '../needs.ts';
import { temporaryFolder } from '../temporary.ts';
import { twlint } from '../twlint.ts';

const COUNT = 20;

interface LabHost {
  name: string;
  address: string;
  backend: string;
  recycle: string;
  /** Of `ip netns`. */
  namespace: string;
}

/** What an audit must not change. */
const STATE = `cat /proc/net/ip_tables_names /proc/net/ip6_tables_names 2>&1; nft list ruleset; ip link
  [ ! -e /proc/modules ] || cut -d' ' -f1 /proc/modules
  processes=$(ps -eo comm=)
  printf '%s\\n' "$processes" | sort`;

/** What could change it. */
const TRACED =
  'openat,open,creat,unlink,unlinkat,mkdir,mkdirat,rename,renameat,renameat2,connect,init_module,finit_module';

const needs = {
  root: true,
  programs: ['sshd', 'ip', 'unshare', 'iptables-nft', 'iptables-legacy', 'strace'],
} as const;

describeWhere({ ...needs, programs: [...needs.programs] }, `a lab of ${COUNT} hosts`, () => {
  const lab = temporaryFolder('lab');
  let hosts: LabHost[] = [];

  beforeAll(() => {
    execFileSync(join(import.meta.dirname, 'up.sh'), [String(COUNT), lab]);
    hosts = readFileSync(join(lab, 'hosts'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => {
        const [name, address, backend, recycle, namespace] = line.split(' ') as [
          string,
          string,
          string,
          string,
          string,
        ];
        return { name, address, backend, recycle, namespace };
      });
  }, 60_000);
  afterAll(() => void execFileSync(join(import.meta.dirname, 'down.sh'), [lab]));

  const askLab = (...args: string[]) =>
    twlint(lab, [...args, '-i', join(lab, 'lab.yaml'), '--known-hosts', join(lab, 'known_hosts')]);

  const pidsOf = ({ namespace }: LabHost) =>
    execFileSync('ip', ['netns', 'pids', namespace], { encoding: 'utf8' }).trim().split('\n');

  /** Rule and host of each result, as `TW002 host-3`. */
  function results(file: string): string[] {
    const log = JSON.parse(readFileSync(join(lab, file), 'utf8')) as Log;
    return log.runs[0]!.results!.map(
      ({ ruleId, locations }) =>
        `${ruleId} ${locations![0]!.logicalLocations![0]!.fullyQualifiedName!.split('/')[0]}`,
    ).sort();
  }

  const expected = (of: LabHost[]) =>
    of
      .filter(({ recycle }) => recycle === '1')
      .map(({ name }) => `TW002 ${name}`)
      .sort();

  it('has findings where tcp_tw_recycle is on, and nowhere else, over one connection and one session each', async () => {
    const { status, stdout } = await askLab(
      'audit',
      '-o',
      'sarif:out.sarif',
      '-o',
      'text:-',
      '--details',
      '--rule',
      'TW002',
      '--rule',
      'TW003',
    );
    expect(status).toBe(1);
    expect(results('out.sarif')).toEqual(expected(hosts));
    expect(stdout).toContain('explains TW003 on host-1/init');
    expect(stdout).toContain(`Looked at ${COUNT} hosts (${2 * COUNT} namespaces)`);
    for (const backend of ['legacy', 'nft']) expect(stdout).toContain(`iptables-${backend}-save:`);
    for (let i = 1; i <= COUNT; i++) {
      const log = readFileSync(join(lab, String(i), 'log'), 'utf8');
      expect(log.match(/^Connection from /gm)).toHaveLength(1);
      expect(log.match(/^Starting session: /gm)).toHaveLength(1);
    }
  });

  it('gives the same report from a snapshot, each time', async () => {
    const rules = ['--rule', 'TW002', '--rule', 'TW003', '--rule', 'LS001'];
    expect((await askLab('collect', '-o', 'snap')).status).toBe(0);
    const again = () => twlint(lab, ['audit', '--from', 'snap', '--format', 'sarif', ...rules]);
    const first = await again();
    expect(first.status).toBe(1);
    expect((await again()).stdout).toBe(first.stdout);
  });

  it('loses only the hosts that are down or hang, and names both', async () => {
    const [dead, hung] = [hosts[6]!, hosts[7]!];
    execFileSync('kill', ['-KILL', ...pidsOf(dead)]);
    execFileSync('kill', ['-STOP', ...pidsOf(hung)]);
    const { status, stdout } = await askLab(
      'audit',
      '-o',
      'sarif:less.sarif',
      '-o',
      'text',
      '--rule',
      'TW002',
      '--rule',
      'TW003',
      '--connect-timeout',
      '3s',
    );
    expect(status).toBe(1);
    expect(results('less.sarif')).toEqual(expected(hosts.filter((host) => host !== dead && host !== hung)));
    expect(stdout).toMatch(
      new RegExp(`${dead.name} .*\\n    unreachable: ${dead.address} port 22 refuses connections`),
    );
    expect(stdout).toMatch(
      new RegExp(`${hung.name} .*\\n    unreachable: ${hung.address} port 22 .*sent no SSH greeting`),
    );
    const log = JSON.parse(readFileSync(join(lab, 'less.sarif'), 'utf8')) as Log;
    const told = log.runs[0]!.invocations![0]!.toolExecutionNotifications!.map(
      ({ message }) => message.text!,
    );
    for (const { name } of [dead, hung])
      expect(told.some((text) => text.startsWith(`${name}: could not be looked at`))).toBe(true);
  });

  it('is left as it was: nothing is written, made, removed or connected to', async () => {
    const [pid] = pidsOf(hosts[0]!);
    // the first process is unshare, which stays outside of the process namespace that it made
    const within = ['-t', pid!, '--net', '--mount', '--uts', `--pid=/proc/${pid}/ns/pid_for_children`];
    const state = () => execFileSync('nsenter', [...within, 'sh', '-c', STATE], { encoding: 'utf8' });
    const script = (await askLab('audit', '--print-script')).stdout;
    const trace = join(lab, 'trace');
    const before = state();
    const strace = ['strace', '-f', '-qq', '-o', trace, '-e', `trace=${TRACED}`, 'sh'];
    const ended = spawnSync('nsenter', [...within, ...strace], { input: script, maxBuffer: 1 << 26 });
    expect(ended.status).toBe(0);
    expect(ended.stdout.toString()).toMatch(/\ntwlint-[0-9a-f]{32} \.\n/);
    expect(state()).toBe(before);
    const calls = readFileSync(trace, 'utf8')
      .split('\n')
      .filter((line) => line.includes('('));
    expect(calls.length).toBeGreaterThan(100);
    const harmless = /"\/(dev\/(null|tty)|proc\/self\/fd\/5)"|nscd\/socket| = -1 /;
    const changes = calls.filter((line) => !/open(at)?\(.*O_RDONLY/.test(line) && !harmless.test(line));
    expect(changes).toEqual([]);
  });
});
