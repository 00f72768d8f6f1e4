import fc from 'fast-check';
import type { Finding, Gap, HostSummary, Medium, Report, RuleInfo, Source } from '../../src/model.ts';
import { LOG_COMMANDS } from './log-commands.ts';

/** What a hostile host, inventory or rule may say, and what has broken formats before. */
const nasty = fc.constantFrom(
  '',
  ' ',
  '\x1b[2J\x1b[H',
  '\x1b]0;title\x07',
  '\x9b31m',
  '\r\nNo findings: all is well\n',
  '\u202etxt.exe\u2066',
  '\u2028\u2029\u200b\ufeff\u00ad',
  '\ud800',
  '\udc00x',
  '\u{e0001}\u{1f4a9}',
  '../../etc/passwd',
  '/absolute/hosts.yaml',
  'ssh://host:22/x',
  'host:22',
  'C:/hosts.yaml',
  '[fe80::1%eth0]:22',
  '100% {0} {1} {{2}} }',
  '[a](1) [b](https://evil.example/) ![c](d)',
  '{{0}} {{{1}}}',
  'https://evil.example/ HTTP://evil.example www.evil.example',
  '<script>alert(1)</script>',
  '```\n# not code\n```',
  "'; rm -rf / #",
  '@octocat octo@cat #1 GH-1',
  '=HYPERLINK("https://evil.example")',
  '@SUM(1+1)*cmd|calc',
  ']]><!-- --><?xml?>',
  '__proto__',
  'constructor',
  '\0\t\v\f\x7f\x85',
  '\u3164\u034f\u{e0100}\ufe0f',
  '\uffff\ufffe\u{1ffff}',
  "{{ lookup('pipe','touch CANARY') }}",
  "{% set x = lookup('pipe','touch CANARY') %}",
  '{# not a comment',
  '!unsafe "x"',
  '"\n    - name: x\n      command: touch CANARY\n',
  '\n- hosts: all\n  tasks: [{command: touch CANARY}]\n',
  '$(touch CANARY)`touch CANARY`;touch CANARY\ntouch CANARY\n',
  '\\n\\c\\0101\\',
  ...LOG_COMMANDS.map(({ sample }) => sample),
);
export const hostile = fc
  .array(fc.oneof(nasty, fc.string({ unit: 'binary', maxLength: 12 }), fc.string({ maxLength: 30 })), {
    maxLength: 4,
  })
  .map((parts) => parts.join(''));
const long = fc.oneof(
  { weight: 9, arbitrary: hostile },
  { weight: 1, arbitrary: hostile.map((text) => `${text}${'long '.repeat(600)}${text}`) },
);

export const place: fc.Arbitrary<Source> = fc.record({
  file: hostile,
  line: fc.integer({ min: 1, max: 10_000 }),
  column: fc.integer({ min: 1, max: 200 }),
});
export const severity = fc.constantFrom('error', 'warning', 'note');
const problem = fc.constantFrom('unreachable', 'denied', 'timeout', 'truncated', 'failed');

export const rule: fc.Arbitrary<RuleInfo> = fc.record(
  {
    id: hostile,
    name: fc.oneof(hostile, fc.constant('timewait/tw-recycle')),
    title: long,
    severity,
    scope: fc.constantFrom('host', 'netns', 'path'),
    why: long,
    fix: fc.record(
      {
        text: long,
        sysctl: fc.oneof(
          fc.dictionary(hostile, fc.oneof(hostile, fc.integer())),
          fc.constant({ 'net.ipv4.ip_forward': 1 }),
        ),
        removes: fc.array(fc.oneof(hostile, fc.constant('net.ipv4.ip_forward')), { maxLength: 2 }),
        commands: fc.array(hostile, { maxLength: 3 }),
        risk: hostile,
      },
      { requiredKeys: ['text'] },
    ),
    references: fc.array(fc.oneof(hostile, fc.webUrl()), { maxLength: 3 }),
    kernels: hostile,
    falsePositives: hostile,
    source: place,
  },
  { requiredKeys: ['id', 'name', 'title', 'severity', 'scope', 'why', 'fix', 'references', 'source'] },
);

const medium: fc.Arbitrary<Medium> = fc.record(
  { kind: fc.constantFrom('image', 'archive'), path: hostile, takenAt: fc.option(hostile), prefix: hostile },
  { requiredKeys: ['kind', 'path', 'takenAt'] },
);

const host: fc.Arbitrary<HostSummary> = fc.record(
  {
    name: hostile,
    source: place,
    reached: fc.oneof(
      fc.constant({ ok: true as const, value: null }),
      fc.record({ ok: fc.constant(false as const), problem, reason: hostile }),
    ),
    kernel: fc.option(hostile),
    namespaces: fc.array(hostile, { maxLength: 3 }),
    medium,
  },
  { requiredKeys: ['name', 'source', 'reached', 'kernel', 'namespaces'] },
);

const hop = fc.record({
  host: hostile,
  namespace: hostile,
  kind: fc.constantFrom('sends', 'entry', 'rule', 'ipvs', 'delivered'),
  stage: hostile,
  rule: fc.option(fc.record({ origin: hostile, line: fc.nat(500), text: long })),
  target: hostile,
  source: hostile,
  destination: hostile,
  certain: fc.boolean(),
});

const path = fc.record({
  name: hostile,
  traces: fc.array(
    fc.record({
      clients: fc.array(hostile, { maxLength: 3 }),
      remark: hostile,
      hops: fc.array(hop, { minLength: 1, maxLength: 5 }),
    }),
    { minLength: 1, maxLength: 3 },
  ),
});

const line = fc.record(
  {
    origin: fc.oneof(
      hostile,
      hostile.map((text) => `/etc/${text}`),
    ),
    line: fc.nat(500),
    text: fc.oneof(
      long,
      hostile.map((text) => `net.ipv4.ip_forward = ${text}`),
    ),
    remark: hostile,
  },
  { requiredKeys: ['origin', 'line', 'text'] },
);

const finding = fc.record({
  namespace: fc.option(hostile),
  verdict: fc.constantFrom('pass', 'fail', 'unknown', 'not-applicable') as fc.Arbitrary<Finding['verdict']>,
  severity,
  message: long,
  evidence: fc.array(line, { maxLength: 30, size: 'small' }),
  path: fc.option(path),
});

const gap = fc.record({ namespace: fc.option(hostile), fact: fc.option(hostile), problem, reason: hostile });

/** Names are unique in a report: the loaders of inventories and rules see to that. */
const numbered = <T>(items: T[], key: keyof T): T[] =>
  items.map((item, i) => ({ ...item, [key]: `${String(item[key])}${i}` }));

/** A report of the model's shape, in which every text is as bad as it gets. */
export const hostileReport: fc.Arbitrary<Report> = fc
  .record({
    hosts: fc.array(host, { minLength: 1, maxLength: 3 }).map((hosts) => numbered(hosts, 'name')),
    rules: fc.array(rule, { minLength: 1, maxLength: 3 }).map((rules) => numbered(rules, 'id')),
    findings: fc.array(fc.tuple(finding, fc.nat(), fc.nat()), { maxLength: 6 }),
    gaps: fc.array(fc.tuple(gap, fc.nat()), { maxLength: 3 }),
    interrupted: fc.boolean(),
  })
  .map(({ hosts, rules, findings, gaps, interrupted }) => ({
    tool: { name: 'twlint', version: '0.1.0' },
    startedAt: '2026-01-02T03:04:05.000Z',
    finishedAt: '2026-01-02T03:04:06.000Z',
    interrupted,
    rules,
    hosts,
    findings: findings.map(
      ([rest, ruleIndex, hostIndex], i): Finding => ({
        ...rest,
        rule: rules[ruleIndex % rules.length]!.id,
        host: hosts[hostIndex % hosts.length]!.name,
        fingerprint: i.toString(16).padStart(16, '0'),
        foldedInto: i > 0 && ruleIndex % 5 === 0 ? '0'.repeat(16) : null,
      }),
    ),
    gaps: gaps.map(([rest, hostIndex]): Gap => ({ ...rest, host: hosts[hostIndex % hosts.length]!.name })),
  }));
