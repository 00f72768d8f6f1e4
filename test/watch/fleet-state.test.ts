import { describe, expect, it } from 'vitest';
import { planFor } from '../../src/collect/plan.ts';
import { collectors } from '../../src/collectors/index.ts';
import { evaluate } from '../../src/evaluate/report.ts';
import { loadRules } from '../../src/evaluate/rules/rules.ts';
import { beginWindows } from '../../src/evaluate/windows.ts';
import { readHost } from '../../src/host/host-model.ts';
import type { HostEvidence, Snapshot } from '../../src/model.ts';
import { sampledBy } from '../../src/watch/evidence.ts';
import { type FleetState, fleetState } from '../../src/watch/fleet-state.ts';
import type { HostChange, WatchEvent } from '../../src/watch/host-state.ts';
import type { SamplerEvent } from '../../src/watch/sampler.ts';
import { demo, firstSample } from '../demo-samples.ts';

const HOST = 's2';
const POD = 'rmt50-master';

const host = firstSample.hosts.find((one) => one.host.name === HOST)!;
const namespaces = new Map(readHost(host).namespaces.map(({ name, inode }) => [name, inode]));
const [hostInode, podInode] = [namespaces.get('init')!, namespaces.get(POD)!];

/** What the demo's host said at one of its two samples. */
function textOf(file: 'netstat' | 'snmp', inode: string, sample: 0 | 1): string {
  const { evidence } = demo.hosts.find((one) => one.host.name === HOST)!;
  const { answer } = evidence.find(
    (one) => one.probe === `counters.${file}` && one.namespace === inode && one.sample === sample,
  )!;
  return answer.ok ? answer.value : '';
}

const rules = loadRules([], { builtin: true, cwd: '/' }).filter(({ id }) => id === 'TW001');
const sampled = sampledBy(planFor(['counters'], collectors, 'all').second!.netns, collectors);

/** A host at a time of its own: seconds since it was booted. */
function watching(hosts: Snapshot = firstSample): {
  told: string[];
  tell: (at: number, event: Event) => void;
  state: FleetState;
} {
  const trial = beginWindows(hosts.hosts, rules, collectors);
  const state = fleetState(hosts, new Set([HOST]), trial, sampled, () => true);
  const told: string[] = [];
  const tell = (at: number, event: Event) => {
    const events = state.take(HOST, eventOf(event), at * 1000);
    events.push(...state.closeRound(at * 1000));
    told.push(...events.flatMap((one) => inWords(one)));
  };
  return { told, tell, state };
}

/** What it would have said later: 12 more SYNs were dropped. */
function later(netstat: string): string {
  const [names = '', values = '', ...rest] = netstat.split('\n');
  const at = names.split(' ').indexOf('PAWSPassive');
  const more = values.split(' ').map((value, i) => (i === at ? String(Number(value) + 12) : value));
  return [names, more.join(' '), ...rest].join('\n');
}

type Event =
  | { up: number; grown: 0 | 1 | 2 }
  | { listed: string[] }
  | { lost: string; isFinal?: boolean }
  | { asked: HostEvidence };

function eventOf(event: Event): SamplerEvent {
  if ('lost' in event) return { kind: 'lost', reason: event.lost, isFinal: event.isFinal ?? false };
  if ('asked' in event) return { kind: 'asked', evidence: event.asked };
  if ('listed' in event)
    return {
      kind: 'namespaces',
      namespaces: event.listed.map((name) => ({
        inode: name === POD ? podInode : name === 'init' ? hostInode : name,
        name,
        pid: name.startsWith('closed') ? null : 1,
      })),
    };
  const { grown } = event;
  const sample = grown === 0 ? 0 : 1;
  const texts = (inode: string) =>
    new Map([
      ['netstat', grown === 2 ? later(textOf('netstat', inode, 1)) : textOf('netstat', inode, sample)],
      ['snmp', textOf('snmp', inode, sample)],
    ] as const);
  return {
    kind: 'tick',
    sample: {
      uptime: `${event.up} 1\n`,
      softnet: '',
      conntrackMax: '',
      namespaces: new Map([hostInode, podInode].map((inode) => [inode, texts(inode)])),
    },
  };
}

/** What is told, without the counters of a window but one. */
function inWords(event: WatchEvent): string[] {
  switch (event.kind) {
    case 'window': {
      const grown = event.growth.windows.at(-1)?.growth.get('PAWSPassive') ?? 0;
      return event.place.namespace === POD ? [`window ${grown}`] : [];
    }
    case 'namespace':
      return [`${event.place.namespace} ${event.what}`];
    case 'host':
      return [hostInWords(event.what)];
    case 'finding':
      return [`${event.live.finding.rule} ${event.state}`];
    case 'counter':
    case 'together':
      return [];
  }
}

function hostInWords(what: HostChange): string {
  switch (what.state) {
    case 'lost':
      return `lost${what.isFinal ? ' for good' : ''}: ${what.reason}`;
    case 'came':
      return `came after ${what.seconds} s`;
    case 'back':
      return `back after ${what.seconds} s, rebooted: ${what.rebooted}`;
  }
}

const NAMESPACES = { listed: ['init', POD] };

describe('a namespace whose number another one has', () => {
  it('went, the other came, and nothing that was said of the one is taken for the other', () => {
    const { told, tell, state } = watching();
    tell(0, NAMESPACES);
    tell(1, { up: 100, grown: 1 });
    tell(2, { up: 101, grown: 0 });
    tell(3, { up: 102, grown: 1 });
    expect(told).toEqual([`${POD} went`, `${POD} came`, 'window 12']);
    expect(state.places().find(({ namespace }) => namespace === POD)?.growth?.count).toBe(1);
    const { findings } = evaluate(state.snapshot(false, demo.finishedAt), rules, collectors, {
      name: '',
      version: '',
    });
    expect(findings.filter(({ verdict }) => verdict === 'fail')).toEqual([]);
  });
});

describe('a host that is lost', () => {
  it('is told, with what is not known of it, and no growth is told of the time in between', () => {
    const { told, tell } = watching();
    tell(0, NAMESPACES);
    tell(1, { up: 100, grown: 0 });
    tell(2, { up: 101, grown: 1 });
    tell(3, { lost: 'it broke' });
    tell(4, { lost: 'nobody answers' });
    tell(6, { lost: 'nobody answers' });
    tell(60, { asked: host });
    tell(60, NAMESPACES);
    tell(61, { up: 160, grown: 0 });
    tell(62, { up: 161, grown: 0 });
    tell(63, { up: 162, grown: 1 });
    expect(told).toEqual([
      'window 12',
      'TW001 began',
      'lost: it broke',
      'TW001 unseen',
      'lost: nobody answers',
      'back after 58 s, rebooted: false',
      'window 0',
      'window 12',
      'TW001 began',
    ]);
  });

  it.each([
    ['is up for less than it was', 3, true],
    ['is up for less than has passed', 110, null],
    ['does not say since when it is up', Number.NaN, null],
    ['is up for as long as has passed', 161, false],
  ])('and %s', (_, up, rebooted) => {
    const { told, tell, state } = watching();
    tell(0, NAMESPACES);
    tell(1, { up: 100, grown: 0 });
    tell(2, { up: 101, grown: 1 });
    tell(3, { lost: 'it broke' });
    tell(60, { asked: host });
    tell(62, { up, grown: 1 });
    tell(63, { up: up + 1, grown: 1 });
    expect(told).toContain(`back after 59 s, rebooted: ${rebooted}`);
    const report = evaluate(state.snapshot(false, demo.finishedAt), rules, collectors, {
      name: '',
      version: '',
    });
    const failing = report.findings.filter(({ verdict }) => verdict === 'fail').map(({ message }) => message);
    const reasons = report.gaps.filter(({ fact }) => fact === 'counters').map(({ reason }) => reason);
    expect(failing.some((message) => message.includes('it is happening now: 12 SYNs'))).toBe(
      rebooted === false,
    );
    expect(reasons.some((reason) => reason.includes('watched anew since 00:01:02'))).toBe(rebooted !== false);
  });

  it('from the start is tried like the others once it comes, and its report says since when', () => {
    const reason = 'connection refused';
    const reached = { ok: false, problem: 'unreachable', reason } as const;
    const hosts = firstSample.hosts.map((one) => (one === host ? { ...one, reached, evidence: [] } : one));
    const { told, tell, state } = watching({ ...firstSample, hosts });
    const reportOf = () =>
      evaluate(state.snapshot(false, demo.finishedAt), rules, collectors, { name: '', version: '' });
    expect([...state.lost()]).toEqual([[HOST, reason]]);
    tell(1, { lost: reason });
    tell(2, { lost: reason });
    expect(reportOf().gaps).toMatchObject([{ host: HOST, reason }]);
    tell(30, { asked: host });
    tell(30, NAMESPACES);
    tell(31, { up: 100, grown: 0 });
    tell(32, { up: 101, grown: 1 });
    expect(told).toEqual([`lost: ${reason}`, 'came after 30 s', 'window 12', 'TW001 began']);
    expect([...state.lost()]).toEqual([]);
    const { findings, gaps } = reportOf();
    expect(findings.filter(({ verdict }) => verdict === 'fail').map(({ rule }) => rule)).toEqual(['TW001']);
    expect(new Set(gaps.map((gap) => gap.reason))).toEqual(new Set(['not watched before 00:00:31']));
  });

  it('for good is missing in the report', () => {
    const { told, tell, state } = watching();
    tell(0, NAMESPACES);
    tell(1, { up: 100, grown: 0 });
    tell(2, { up: 101, grown: 0 });
    tell(3, { lost: 'its key is another', isFinal: true });
    expect(told.at(-1)).toBe('lost for good: its key is another');
    expect([...state.lost()]).toEqual([[HOST, 'its key is another']]);
    const { gaps } = evaluate(state.snapshot(false, demo.finishedAt), rules, collectors, {
      name: '',
      version: '',
    });
    expect(gaps).toContainEqual(
      expect.objectContaining({
        ...{ host: HOST, namespace: POD, fact: 'counters', problem: 'partial' },
        reason: 'not watched since 00:00:03: its key is another',
      }),
    );
  });
});

describe('a namespace', () => {
  it('that began later has no rules tried on it until it was asked', () => {
    const early = { ...host, evidence: host.evidence.filter(({ namespace }) => namespace !== podInode) };
    const { told, tell } = watching({
      ...firstSample,
      hosts: firstSample.hosts.map((one) => (one === host ? early : one)),
    });
    tell(0, { listed: ['init'] });
    tell(1, NAMESPACES);
    tell(2, { up: 100, grown: 0 });
    tell(3, { up: 101, grown: 1 });
    tell(4, { asked: host });
    tell(5, { up: 103, grown: 1 });
    tell(6, { up: 104, grown: 2 });
    expect(told).toEqual([
      `${POD} came`,
      'window 12',
      `${POD} tried`,
      'window 0',
      'window 12',
      'TW001 began',
    ]);
  });

  it('whose number is another’s now has ended', () => {
    const { told, tell } = watching();
    tell(0, { listed: ['init', '77'] });
    tell(1, { listed: ['init', '78', 'closed'] });
    expect(told).toEqual(['78 came', 'closed came', 'closed unwatched', '77 went']);
  });

  it('without a process is missing in the report', () => {
    const { tell, state } = watching();
    tell(0, { listed: ['init'] });
    tell(1, { up: 100, grown: 0 });
    tell(2, { up: 101, grown: 0 });
    const namespaces = [{ inode: podInode, name: POD, pid: null }];
    state.take(HOST, { kind: 'namespaces', namespaces }, 3000);
    const { gaps } = evaluate(state.snapshot(false, demo.finishedAt), rules, collectors, {
      name: '',
      version: '',
    });
    expect(gaps.map(({ namespace, reason }) => `${namespace} ${reason}`)).toContainEqual(
      expect.stringMatching(new RegExp(`^${POD} .*has no process, and none of ours could be put there`)),
    );
  });
});
