/** Reports of fleets with much amiss, made of the rules that come with twlint: their texts are as long as they are. */
import { loadRules } from '../../src/evaluate/rules/rules.ts';
import type { Finding, Gap, HostSummary, Report, RuleInfo } from '../../src/model.ts';

/** The rules of such a fleet, the first of which fail: a fixed number, however many twlint has. */
const IDS = [
  ...['CT001', 'CT002', 'BT001', 'BT002', 'BT003', 'BT006', 'BT007', 'BT004', 'BT005', 'BT008'],
  ...['TW002', 'TW003', 'TW004', 'TW010', 'NA001', 'NA002', 'NA003', 'NA004', 'LS001', 'IV002'],
];

const ALL = new Map(loadRules([], { builtin: true, cwd: process.cwd() }).map((rule) => [rule.id, rule]));

const RULES: RuleInfo[] = IDS.map((id) => {
  const { when, assert, noteWhen, message, fixConditions, tests, ...info } = ALL.get(id)!;
  return info;
});

/** Each of `rules` rules fails on each of `hosts` hosts, each time with numbers and addresses of its own. */
export function manyFindings(hosts: number, rules: number): Report {
  const chosen = RULES.slice(0, rules);
  const names = Array.from({ length: hosts }, (_, i) => `web-${String(i + 1).padStart(2, '0')}.example.net`);
  return {
    tool: { name: 'twlint', version: '0.1.0' },
    startedAt: '2026-01-02T03:04:05.000Z',
    finishedAt: '2026-01-02T03:04:06.000Z',
    interrupted: false,
    rules: RULES,
    hosts: names.map((name, i): HostSummary => {
      const source = { file: 'inventories/production.yaml', line: i + 4, column: 7 };
      return {
        name,
        source,
        reached: { ok: true, value: null },
        kernel: '6.1.0-18-amd64',
        namespaces: ['init'],
      };
    }),
    findings: chosen.flatMap((rule, r) => names.map((host, h) => findingOf(rule, host, r * hosts + h))),
    gaps: [],
  };
}

function findingOf({ id, severity, scope }: RuleInfo, host: string, number: number): Finding {
  const origin = '/proc/net/netstat';
  return {
    rule: id,
    host,
    namespace: scope === 'host' ? null : 'init',
    verdict: 'fail',
    severity,
    message: `${host} dropped ${17 + number} SYNs of 10.0.${number % 250}.7 within 10 s, and no SYN for any other reason: net.core.somaxconn is 128`,
    evidence: [1, 2, 3, 4, 5].map((line) => ({ origin, line, text: `ListenDrops ${number * line}` })),
    fingerprint: number.toString(16).padStart(16, '0'),
    path: null,
    foldedInto: null,
  };
}

/** The same fleet, of which `hosts` let nobody become root: each lacks facts, and leaves each rule undecided. */
export function withoutSudo(report: Report, hosts: number): Report {
  const refused = 'looked without root: sudo: a password is required: give it with --ask-become-pass';
  const denied = '/proc/net/ip_tables_names: only root may read it';
  const names = report.hosts.slice(0, hosts).map(({ name }) => name);
  const gapsOf = (host: string): Gap[] => [
    { host, namespace: null, fact: 'privilege', problem: 'partial', reason: refused },
    { host, namespace: 'init', fact: 'nat', problem: 'denied', reason: denied },
    {
      host,
      namespace: 'init',
      fact: 'source_nat',
      problem: 'partial',
      reason: `nat is not known: denied, ${denied}`,
    },
  ];
  const undecided = (host: string): Finding[] =>
    report.rules.map((rule, i) => ({
      ...findingOf(rule, host, 100_000 + i),
      verdict: 'unknown',
      message: `nat is not known: denied, ${denied}`,
      evidence: [],
    }));
  return {
    ...report,
    findings: [...report.findings, ...names.flatMap(undecided)],
    gaps: names.flatMap(gapsOf),
  };
}
