/** A second sample that was planned and did not come: each fact of each namespace says so, and the audit fails. */
import { execFileSync } from 'node:child_process';
import { describe, expect, it, onTestFinished } from 'vitest';
import { collectHost, type HostOptions } from '../../src/collect/host.ts';
import { planFor } from '../../src/collect/plan.ts';
import { readSnapshot, writeSnapshot } from '../../src/collect/snapshot.ts';
import { collectors } from '../../src/collectors/index.ts';
import { exitStatus } from '../../src/commands/lib/exit-status.ts';
import { evaluate } from '../../src/evaluate/report.ts';
import { loadRules, neededFacts } from '../../src/evaluate/rules/rules.ts';
import type { HostEvidence, Target } from '../../src/model.ts';
import { openLocal } from '../../src/transports/local.ts';
import type { Open, Session } from '../../src/transports/session.ts';
import { describeWhere } from '../needs.ts';
import { reachTo, sshTarget } from '../transports/connecting.ts';
import { scratchFolder } from '../transports/folder.ts';
import { SSHD_NEEDS, sshdWorld } from '../transports/sshd-world.ts';

const rules = loadRules([], { builtin: true, cwd: '/' }).filter(({ name }) => name.endsWith('-now'));
const here: Target = {
  host: { name: 'here', source: { file: 'hosts.yaml', line: 1, column: 1 }, groups: [], vars: {} },
  connection: { kind: 'local', become: null },
};

/** This machine's shell, where another command runs the second script. */
const openWith =
  (changed: (command: string) => string): Open =>
  async (target, signal, tell) => {
    const opened = await openLocal(target, signal, tell);
    if (!opened.ok) return opened;
    let runs = 0;
    const run: Session['run'] = (command, ...rest) =>
      opened.value.run(runs++ === 1 ? changed(command) : command, ...rest);
    return { ok: true, value: { ...opened.value, run } };
  };

function collect(target: Target, options: Partial<HostOptions>, namespaces: 'all' | 'init' = 'init') {
  return collectHost(
    target,
    {
      open: openLocal,
      plan: planFor(neededFacts(rules), collectors, namespaces),
      interval: 1,
      timeout: 60_000,
      retries: 0,
      becomePassword: null,
      identity: '',
      onCheck: () => {},
      ...options,
    },
    new AbortController().signal,
  );
}

/** What an audit tells of second samples, and its exit status; of a snapshot that was written and read, too. */
function audited(said: HostEvidence) {
  const times = { startedAt: '2026-01-01T00:00:00Z', finishedAt: '2026-01-01T00:00:01Z' };
  const snapshot = { ...times, interrupted: false, hosts: [said] };
  const folder = `${scratchFolder()}/snapshot`;
  writeSnapshot(snapshot, folder);
  const tool = { name: 'twlint', version: '0' };
  const report = evaluate(readSnapshot(folder), rules, collectors, tool);
  expect(report).toEqual(evaluate(snapshot, rules, collectors, tool));
  const gaps = report.gaps
    .filter(({ reason }) => reason.startsWith('the second sample'))
    .map(({ namespace, fact, reason }) => ({ namespace, fact, reason }));
  const sampled = report.findings.filter(({ verdict }) => verdict === 'pass').map(({ rule }) => rule);
  const status = exitStatus(report, { 'fail-on': 'warning', 'allow-incomplete': false });
  return { gaps, sampled, status, namespaces: report.hosts[0]!.namespaces };
}

const twice = ['conntrack', 'counters'];
const NOT_TAKEN = 'the second sample was not taken: ';
const ofInit = (reason: unknown) => twice.map((fact) => ({ namespace: 'init', fact, reason }));

it('these rules compare samples', () => {
  expect(rules.length).toBeGreaterThan(2);
});

describe('a second sample', () => {
  it('that comes is no gap', async () => {
    const { gaps, sampled } = audited(await collect(here, {}));
    expect(gaps).toEqual([]);
    expect(sampled.length).toBeGreaterThan(0);
  });

  it('does not count to the time in which the host was asked', async () => {
    const begun = Date.now();
    let again = 0;
    const second = (command: string) => {
      again = Date.now();
      return command;
    };
    const { askedAt } = await collect(here, { interval: 500, open: openWith(second) });
    const times = [begun, Date.parse(askedAt!.from), Date.parse(askedAt!.to), again];
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(Date.parse(askedAt!.to)).toBeLessThan(again);
  });

  it('that nobody asked for is none', async () => {
    const said = await collect(here, { interval: null });
    expect(said.planned?.twice).toEqual([]);
    expect(audited(said).gaps).toEqual([]);
  });

  it.each<[string, (sh: string) => string, string[], RegExp]>([
    ['whose shell is killed', () => 'kill -9 $$', twice, /^its sh ended by signal SIGKILL/],
    ['whose shell does not run the script', () => 'exit 7', twice, /^its sh ended with status 7/],
    ['that ends before its first fact', (sh) => `${sh} | sed "/ < together/q"`, twice, /^its sh ended /],
    ['that ends later', (sh) => `${sh} | sed "/:TcpExt/q"`, twice, /^its sh ended /],
  ])('%s is a gap', async (_, changed, lost, why) => {
    const { gaps, status } = audited(await collect(here, { open: openWith(changed) }));
    expect(gaps.map(({ namespace, fact }) => [namespace, fact])).toEqual(lost.map((fact) => ['init', fact]));
    for (const { reason } of gaps) expect(reason.replace(NOT_TAKEN, '')).toMatch(why);
    expect(status).toBe(3);
  });

  it('for which the user would not wait is a gap', async () => {
    const stop = new AbortController();
    const plan = planFor(neededFacts(rules), collectors, 'init');
    const onCheck: HostOptions['onCheck'] = (_, { stage }) =>
      void (stage === 'shell' && setImmediate(() => stop.abort(new Error('interrupted by the user'))));
    const options = { open: openLocal, plan, interval: 600_000, timeout: 60_000, retries: 0, onCheck };
    const said = await collectHost(here, { ...options, becomePassword: null, identity: '' }, stop.signal);
    expect(audited(said).gaps).toEqual(ofInit('the second sample was not taken: interrupted by the user'));
  });
});

describeWhere({ root: true, programs: ['ip', 'nsenter'] }, 'between two samples, a namespace', () => {
  const NAMES = ['gaps-ended', 'gaps-begun'];
  const remove = () => {
    for (const name of NAMES)
      try {
        execFileSync('ip', ['netns', 'delete', name], { stdio: 'ignore' });
      } catch {
        // it is gone, as it should be
      }
  };

  it('that ended is a gap, one that began is neither a gap nor looked at', async () => {
    onTestFinished(remove);
    remove();
    execFileSync('ip', ['netns', 'add', 'gaps-ended']);
    const open = openWith((sh) => `ip netns add gaps-begun && ip netns delete gaps-ended\n${sh}`);
    const said = await collect(here, { open }, 'all');
    const { gaps, namespaces } = audited(said);
    const reason = 'the second sample was not taken: this network namespace had ended by then';
    const ours = gaps.filter(({ namespace }) => namespace?.startsWith('gaps-'));
    expect(ours).toEqual(twice.map((fact) => ({ namespace: 'gaps-ended', fact, reason })));
    expect(namespaces).toContain('gaps-ended');
    expect(namespaces).not.toContain('gaps-begun');
  });
});

describeWhere(SSHD_NEEDS, 'a connection that is lost during the wait', () => {
  const { start, keys } = sshdWorld();

  it.each(['ssh2', 'openssh'] as const)('by %s is a gap, and the audit exits with 3', async (transport) => {
    const sshd = await start();
    const connection = { transport };
    const target = sshTarget({ port: sshd.port, identityFile: keys.ed25519.file, connection });
    const { open } = await reachTo([target], sshd.hostKeyLines);
    const onCheck: HostOptions['onCheck'] = (_, { stage }) =>
      void (stage === 'shell' && sshd.dropConnections());
    const { gaps, status } = audited(await collect(target, { open, onCheck, interval: 500 }));
    expect(gaps).toEqual(
      ofInit(expect.stringMatching(/^the second sample was not taken: .*(connection|closed|lost)/)),
    );
    expect(status).toBe(3);
  });
});
