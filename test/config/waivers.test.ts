import { describe, expect, it } from 'vitest';
import { withWaivers } from '../../src/config/waivers.ts';
import type { Finding, Report, Verdict, Waiver } from '../../src/model.ts';
import { report as reportOf } from '../compare/report.ts';

const waiver = (part: Partial<Waiver>): Waiver => ({
  rule: 'TW003',
  hosts: 'a',
  namespace: null,
  path: null,
  undecided: false,
  reason: 'r',
  owner: 'o',
  until: '2026-06-30',
  source: { file: 'twlint.yaml', line: 1, column: 1 },
  ...part,
});

interface Case {
  waiver?: Partial<Waiver>;
  verdict?: Verdict;
  today?: string;
  /** The hosts that its pattern names; null: none of this run. */
  hosts?: string[] | null;
  report?: (report: Report) => Report;
  leftOut?: { hosts?: boolean; rules?: string[] };
  /** Whether the finding of TW003 on a/init is accepted, or was, or is open. */
  finding: 'accepted' | 'expired' | 'open';
  state: 'in-force' | 'expired' | 'stale' | 'unseen';
}

const unreached = (report: Report): Report => ({
  ...report,
  hosts: report.hosts.map((host) => ({
    ...host,
    reached: { ok: false, problem: 'unreachable', reason: 'x' },
  })),
  findings: [],
});
const without = (report: Report): Report => ({ ...report, findings: [] });

const CASES: Record<string, Case> = {
  'of the rule and the host': { finding: 'accepted', state: 'in-force' },
  'of a pattern of rules': { waiver: { rule: 'TW*' }, finding: 'accepted', state: 'in-force' },
  'of a rule that was not tried': { waiver: { rule: 'LS*' }, finding: 'open', state: 'unseen' },
  'of rules of which one was not tried': {
    waiver: { rule: 'TW*' },
    verdict: 'pass',
    leftOut: { rules: ['TW001'] },
    finding: 'open',
    state: 'unseen',
  },
  'of a rule that passes, and others were not tried': {
    verdict: 'pass',
    leftOut: { rules: ['TW001'] },
    finding: 'open',
    state: 'stale',
  },
  'of hosts of which some were left out': {
    verdict: 'pass',
    leftOut: { hosts: true },
    finding: 'open',
    state: 'unseen',
  },
  'of another host': { hosts: ['b'], finding: 'open', state: 'stale' },
  'of no host here': { hosts: null, finding: 'open', state: 'stale' },
  'of no host here, and hosts were left out': {
    hosts: null,
    leftOut: { hosts: true },
    finding: 'open',
    state: 'unseen',
  },
  'of its namespace': { waiver: { namespace: 'in*' }, finding: 'accepted', state: 'in-force' },
  'of another namespace': { waiver: { namespace: 'pod' }, finding: 'open', state: 'stale' },
  'of a path': { waiver: { path: 'tcp*' }, finding: 'open', state: 'stale' },
  'on its last day': { today: '2026-06-30', finding: 'accepted', state: 'in-force' },
  'a day later': { today: '2026-07-01', finding: 'expired', state: 'expired' },
  'where it passes': { verdict: 'pass', finding: 'open', state: 'stale' },
  'where it is undecided': { verdict: 'unknown', finding: 'open', state: 'unseen' },
  'where it is undecided, which is accepted': {
    verdict: 'unknown',
    waiver: { undecided: true },
    finding: 'accepted',
    state: 'in-force',
  },
  'of a host that was not reached': { report: unreached, finding: 'open', state: 'unseen' },
  'where namespaces could not be listed': {
    report: (report) => ({
      ...without(report),
      gaps: [{ host: 'a', namespace: null, fact: 'namespaces', problem: 'denied', reason: 'x' }],
    }),
    finding: 'open',
    state: 'unseen',
  },
};

describe('a waiver', () => {
  it.each(Object.entries(CASES))('%s', (_, one) => {
    const { verdict = 'fail', today = '2026-06-01', hosts = ['a'], report = (it) => it, leftOut = {} } = one;
    const before = report(reportOf([{ rule: 'TW003', host: 'a', verdict }]));
    const resolved = { waiver: waiver(one.waiver ?? {}), hosts: hosts && new Set(hosts) };
    const { findings, waivers } = withWaivers(before, [resolved], {
      today,
      leftOut: { hosts: false, rules: [], ...leftOut },
    });
    const marked = ({ waiver: accepted, expired }: Partial<Finding>) =>
      accepted ? 'accepted' : expired ? 'expired' : 'open';
    expect([marked(findings[0] ?? {}), waivers?.[0]?.state]).toEqual([one.finding, one.state]);
  });
});
