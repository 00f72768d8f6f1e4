import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { collectors as builtin } from '../../src/collectors/index.ts';
import { type Collector, file, t } from '../../src/define.ts';
import { evaluate } from '../../src/evaluate/report.ts';
import type { LoadedRule } from '../../src/evaluate/rules/rules.ts';
import { neededFacts } from '../../src/evaluate/rules/rules.ts';
import type { Answer, Evidence, HostEvidence, Report, Severity, Snapshot } from '../../src/model.ts';
import { collectorsOf } from './collectors.ts';
import { ruleOf } from './rule-of.ts';

const json = (value: unknown): Answer<string> => ({ ok: true, value: JSON.stringify(value) });
const none = (problem: 'denied' | 'absent' | 'failed' | 'timeout'): Answer<string> => ({
  ok: false,
  problem,
  reason: `${problem} for a test`,
});

const text = (value: string): Answer<string> => ({ ok: true, value });
const release = (value: string) => text(`${value}\n`);
const settings = (values: Record<string, unknown>) =>
  text(
    Object.entries(values)
      .map(([key, value]) => `/proc/sys/${key.replaceAll('.', '/')}:${value}\n`)
      .join(''),
  );

const collectors = new Map([
  ...[...builtin].filter(([id]) => ['kernel', 'namespaces', 'sysctl'].includes(id)),
  ...collectorsOf({
    nat: {
      type: t.object({ source: t.list(t.string()) }),
      probes: { legacy: file('/legacy', { optional: true }), nft: file('/nft', { optional: true }) },
      parse: ({ legacy, nft }) => ({ value: { source: [legacy, nft].filter((text) => text !== undefined) } }),
    },
    counters: {
      samples: 2,
      type: t.object({ total: t.map(t.int()), sampled: t.bool(), grown: t.int() }),
      probes: { json: file('/counters') },
      parse: ({ json: now }, before) => {
        const [total, was] = [JSON.parse(now!), JSON.parse(before?.json ?? '{}')];
        return {
          value: { total, sampled: before !== null, grown: total.drops - (was.drops ?? total.drops) },
        };
      },
    },
  }),
]);

const INIT = '4026531840';
const POD = '4026532201';
const list = `init ${INIT}\nown ${INIT}\nnetns ${POD} /run/netns/pod pod\nunreadable 0\ncapped 0\n`;

const UNTOLD = Object.fromEntries(
  ['os', 'uptime', 'hostname', 'boot_id'].map((probe) => [`kernel.${probe}`, none('absent')]),
);

/** What a host says, by `probe` for the host, `probe@inode` for a namespace, `probe@inode again` the second time. */
function host(name: string, said: Record<string, Answer<string>>): HostEvidence {
  const evidence = Object.entries({
    'kernel.release': release('3.10.0-514.el7'),
    ...UNTOLD,
    'namespaces.list': text(list),
    ...said,
  }).map(([key, answer]): Evidence => {
    const [, probe, inode, again] = /^([\w.]+)(?:@(\d+))?( again)?$/.exec(key)!;
    return { probe: probe!, namespace: inode ?? null, sample: again ? 1 : 0, answer };
  });
  const source = { file: 'hosts.yaml', line: 1, column: 1 };
  return { host: { name, source, groups: [], vars: {} }, reached: { ok: true, value: null }, evidence };
}

function reportOn(
  hosts: HostEvidence[],
  rules: LoadedRule[],
  over: ReadonlyMap<string, Collector> = collectors,
): Report {
  const times = { startedAt: '2026-01-01T00:00:00Z', finishedAt: '2026-01-01T00:00:01Z' };
  const snapshot: Snapshot = { ...times, interrupted: false, hosts };
  return evaluate(snapshot, rules, over, { name: 'twlint', version: '0' });
}

const rule = (
  id: string,
  assert: string,
  more: { severity?: Severity; when?: string; scope?: 'host'; supersedes?: string[] } = {},
) => ruleOf({ id, assert, message: 'broken', ...more }, collectors);

const verdicts = ({ findings }: Report) =>
  findings.map(({ host: name, namespace: place, verdict, message }) =>
    `${name}/${place} ${verdict} ${message}`.trim(),
  );

describe('namespaces', () => {
  const recycle = rule(
    'AA001',
    "!('net.ipv4.tcp_tw_recycle' in sysctl) || sysctl['net.ipv4.tcp_tw_recycle'] == 0",
  );

  it('a setting that is global on an old kernel holds where it is not shown, with the line of the host', () => {
    const said = {
      [`sysctl.values@${INIT}`]: settings({ 'net.ipv4.tcp_tw_recycle': 1 }),
      [`sysctl.values@${POD}`]: settings({ a: 1 }),
    };
    const { findings } = reportOn([host('s2', said)], [recycle]);
    expect(findings.map(({ namespace: name, verdict }) => [name, verdict])).toEqual([
      ['init', 'fail'],
      ['pod', 'fail'],
    ]);
    expect(findings[1]!.evidence).toEqual([
      {
        origin: '/proc/sys/net/ipv4/tcp_tw_recycle',
        line: 1,
        text: "1 (the host's: this kernel has one value for all namespaces)",
      },
    ]);
  });

  it('on a newer kernel, what a namespace does not show is not there', () => {
    const said = {
      'kernel.release': release('4.11.0'),
      [`sysctl.values@${INIT}`]: settings({ 'net.ipv4.tcp_tw_recycle': 1 }),
      [`sysctl.values@${POD}`]: settings({ a: 1 }),
    };
    expect(verdicts(reportOn([host('s2', said)], [recycle]))).toEqual(['s2/init fail broken', 's2/pod pass']);
  });

  it('where the settings of the host are not known, neither are those of its containers', () => {
    const said = { [`sysctl.values@${INIT}`]: none('denied'), [`sysctl.values@${POD}`]: settings({ a: 1 }) };
    expect(verdicts(reportOn([host('s2', said)], [recycle]))).toEqual([
      's2/init unknown sysctl is not known: denied, denied for a test',
      expect.stringContaining('s2/pod unknown sysctl net.ipv4.tcp_tw_recycle could not be read'),
    ]);
  });

  it('where the release is not known, it is not known what is global', () => {
    const said = {
      'kernel.release': none('failed'),
      [`sysctl.values@${INIT}`]: settings({ 'net.ipv4.tcp_tw_recycle': 1 }),
      [`sysctl.values@${POD}`]: settings({ a: 1 }),
    };
    const report = reportOn([host('s2', said)], [recycle]);
    expect(verdicts(report)[1]).toMatch(/^s2\/pod unknown/);
    expect(report.hosts[0]!.kernel).toBeNull();
  });

  it('a list that is missing leaves the namespaces that were asked', () => {
    const said = { 'namespaces.list': none('denied'), 'sysctl.values@0': settings({ a: 1 }) };
    const report = reportOn([host('s2', said)], [recycle]);
    expect(verdicts(report)).toEqual(['s2/init pass']);
    expect(report.gaps).toEqual([
      { host: 's2', namespace: null, fact: 'namespaces', problem: 'denied', reason: 'denied for a test' },
    ]);
  });

  it('a rule that asks nothing of namespaces is tried on each of them', () => {
    const report = reportOn([host('s2', {})], [rule('AA001', 'netns.init')]);
    expect(verdicts(report)).toEqual(['s2/init pass', 's2/pod fail broken']);
    expect(report.hosts[0]!.namespaces).toEqual(['init', 'pod']);
  });

  it('a rule about hosts is tried once', () => {
    const about = rule('AA001', "kernel.release == '4.9'", { scope: 'host' });
    expect(verdicts(reportOn([host('s2', {})], [about]))).toEqual(['s2/null fail broken']);
  });
});

describe('facts', () => {
  const nat = rule('AA001', 'size(nat.source) == 0');
  const said = (legacy: Answer<string>, nft: Answer<string>) => ({
    [`nat.legacy@${INIT}`]: legacy,
    [`nat.nft@${INIT}`]: nft,
  });

  it('what is absent for certain is empty', () => {
    expect(verdicts(reportOn([host('s2', said(none('absent'), none('absent')))], [nat]))).toEqual([
      's2/init pass',
    ]);
  });

  it('what could not be read is not', () => {
    const report = reportOn([host('s2', said(none('absent'), none('denied')))], [nat]);
    expect(verdicts(report)).toEqual(['s2/init unknown nat is not known: denied, denied for a test']);
    expect(report.gaps).toEqual([
      { host: 's2', namespace: 'init', fact: 'nat', problem: 'denied', reason: 'denied for a test' },
    ]);
  });

  it('of several reasons, the one that tells what to do', () => {
    const report = reportOn([host('s2', said(none('timeout'), none('denied')))], [nat]);
    expect(report.gaps.map(({ problem }) => problem)).toEqual(['denied']);
  });

  it('an optional probe that nobody asked is not absent', () => {
    const report = reportOn([host('s2', { [`nat.legacy@${INIT}`]: none('absent') })], [nat]);
    expect(verdicts(report)).toEqual(['s2/init unknown nat is not known: failed, it was not collected']);
  });

  it('what a parser throws, or gives of another type, is unparsable', () => {
    const thrown = collectorsOf({
      odd: {
        type: t.int(),
        parse: () => {
          throw new Error('line 3: what?');
        },
      },
    });
    const wrong = collectorsOf({ odd: { type: t.int(), parse: () => ({ value: 1.5 }) } });
    const reasons = [thrown, wrong].map((over) => {
      const odd = ruleOf({ id: 'AA001', assert: 'odd == 1', message: 'broken' }, over);
      const { gaps } = reportOn([host('s2', { 'odd.json@0': json(1) })], [odd], over);
      return gaps.map(({ problem, reason }) => `${problem}: ${reason}`);
    });
    expect(reasons).toEqual([['unparsable: line 3: what?'], ['unparsable: 1.5 is not an integer']]);
  });

  it('an entry that could not be read is a gap, where a rule reads it', () => {
    const refused = collectorsOf({
      odd: {
        type: t.map(t.int()),
        parse: () => ({ value: {}, unreadable: { a: 'no', b: 'no', c: 'never' } }),
      },
    });
    const gapsOf = (assert: string) => {
      const odd = ruleOf({ id: 'AA001', assert, message: 'broken' }, refused);
      const { gaps } = reportOn([host('s2', { 'odd.json@0': json(1) })], [odd], refused);
      return gaps.map(({ fact, problem, reason }) => `${fact} ${problem} ${reason}`);
    };
    expect(gapsOf("'c' in odd")).toEqual(['odd partial c: never']);
    expect(gapsOf('size(odd) == 0')).toEqual([
      'odd partial a: no',
      'odd partial b: no',
      'odd partial c: never',
    ]);
    expect(gapsOf("'d' in odd")).toEqual([]);
  });

  it('what no rule reads is no gap', () => {
    const only = rule('AA001', 'netns.init');
    expect(reportOn([host('s2', said(none('denied'), none('denied')))], [only]).gaps).toEqual([]);
  });
});

describe('samples', () => {
  const grown = rule('AA001', 'counters.grown == 0', { when: 'counters.sampled' });
  const first = { [`counters.json@${INIT}`]: json({ drops: 3565 }) };

  it('one sample shows no growth', () => {
    expect(verdicts(reportOn([host('s2', first)], [grown]))).toEqual(['s2/init not-applicable']);
  });

  it('two do', () => {
    const both = { ...first, [`counters.json@${INIT} again`]: json({ drops: 3858 }) };
    expect(verdicts(reportOn([host('s2', both)], [grown]))).toEqual(['s2/init fail broken']);
  });

  it('a second one that failed acquits nobody', () => {
    const broken = { ...first, [`counters.json@${INIT} again`]: none('timeout') };
    const report = reportOn([host('s2', broken)], [grown]);
    const reason = 'the second sample was not taken: timeout for a test';
    expect(verdicts(report)).toEqual([`s2/init unknown counters sampled could not be read: ${reason}`]);
    expect(report.gaps).toEqual([
      { host: 's2', namespace: 'init', fact: 'counters', problem: 'partial', reason },
    ]);
  });

  it('a namespace that came in between is not one of the subjects', () => {
    const both = { ...first, [`counters.json@${POD} again`]: json({ drops: 1 }) };
    expect(namesOf(reportOn([host('s2', both)], [grown]))).toEqual(['init']);
  });
});

const namesOf = ({ hosts }: Report) => hosts.flatMap(({ namespaces }) => namespaces);

describe('what was planned', () => {
  const grown = rule('AA001', 'counters.grown == 0', { when: 'counters.sampled' });
  const planned = { facts: ['counters', 'kernel', 'namespaces'], twice: ['counters'] };
  const both = (inode: string) => ({
    [`counters.json@${inode}`]: json({ drops: 1 }),
    [`counters.json@${inode} again`]: json({ drops: 1 }),
  });
  const whole = host('s2', { ...both(INIT), ...both(POD) });
  const without = (...lost: string[]): HostEvidence => ({
    ...whole,
    evidence: whole.evidence.filter(
      ({ probe, namespace: place, sample }) => !lost.includes(`${probe}@${place ?? ''} ${sample}`),
    ),
  });
  const told = (said: HostEvidence) =>
    reportOn([said], [grown]).gaps.map(({ namespace: place, fact, reason }) => `${place} ${fact}: ${reason}`);
  const [IN_INIT, IN_POD] = [`counters.json@${INIT}`, `counters.json@${POD}`];
  const GONE = 'counters.json was asked for, and its answer is not in the snapshot';

  it('and came back leaves no gap', () => {
    expect(told({ ...whole, planned })).toEqual([]);
  });

  it.each([
    ['the second sample of all', [`${IN_INIT} 1`, `${IN_POD} 1`], ['init', 'pod']],
    ['the second sample of one namespace', [`${IN_POD} 1`], ['pod']],
  ])('and is lost is a gap for each namespace and fact: %s', (_, lost, places) => {
    const reason = `the second sample was not taken: ${GONE}`;
    const said = { ...without(...lost), planned };
    expect(told(said)).toEqual(places.map((place) => `${place} counters: ${reason}`));
    expect(verdicts(reportOn([said], [grown])).filter((one) => one.includes('unknown'))).toHaveLength(
      places.length,
    );
  });

  it('and is lost of the first sample is a gap, if it is all that a namespace said', () => {
    expect(told({ ...without(`${IN_POD} 0`, `${IN_POD} 1`), planned })).toEqual([`pod counters: ${GONE}`]);
    expect(told({ ...without(`${IN_INIT} 0`, `${IN_POD} 0`), planned })).toEqual([
      `init counters: ${GONE}`,
      `pod counters: ${GONE}`,
    ]);
  });

  it('is guessed of an older snapshot: some of a second sample says that there was to be one', () => {
    expect(told(without(`${IN_POD} 1`))).toEqual([`pod counters: the second sample was not taken: ${GONE}`]);
    expect(told(without(`${IN_INIT} 1`, `${IN_POD} 1`))).toEqual([]);
  });

  it('of an image and is lost is a gap, too: what only a running kernel knows says so itself', () => {
    const image = { kind: 'image', path: 'golden', takenAt: null } as const;
    const said = (answer: Answer<string>) => host('s2', { [`counters.json@${INIT}`]: answer });
    const running = { ok: false, problem: 'unsupported', reason: 'only a running kernel knows it' } as const;
    expect(told({ ...said(running), medium: image })).toEqual([]);
    const lost = { ...said(running), medium: image, planned: { ...planned, twice: [] } };
    expect(
      told({ ...lost, evidence: lost.evidence.filter(({ probe }) => probe !== 'counters.json') }),
    ).toContain(`init counters: ${GONE}`);
  });
});

describe('the report', () => {
  const rules = [
    rule('AA003', 'false', { severity: 'note' }),
    rule('AA004', 'false', { severity: 'error' }),
    rule('AA002', 'false', { severity: 'error' }),
    rule('AA001', 'false', { severity: 'warning' }),
  ];
  const unreachable: HostEvidence = {
    ...host('m1', {}),
    reached: { ok: false, problem: 'unreachable', reason: 'connection refused' },
    evidence: [],
  };

  it("is sorted by severity and rule; hosts stay in the inventory's order", () => {
    const there = reportOn([host('b', {}), host('a', {})], rules);
    const back = reportOn([host('b', {}), host('a', {})], rules.toReversed());
    expect(there).toEqual(back);
    expect(there.findings.slice(0, 5).map((f) => `${f.rule} ${f.host}/${f.namespace}`)).toEqual([
      'AA002 b/init',
      'AA002 b/pod',
      'AA002 a/init',
      'AA002 a/pod',
      'AA004 b/init',
    ]);
    expect(there.findings.map(({ rule: id }) => id).filter((id, i, all) => id !== all[i - 1])).toEqual([
      'AA002',
      'AA004',
      'AA001',
      'AA003',
    ]);
    expect(there.rules.map(({ id }) => id)).toEqual(['AA001', 'AA002', 'AA003', 'AA004']);
    expect(there.hosts.map(({ name }) => name)).toEqual(['b', 'a']);
  });

  it('says of a rule what a reader needs, as plain data', () => {
    const { rules: told } = reportOn([], rules);
    expect(JSON.parse(JSON.stringify(told))).toEqual(told);
    expect(told[0]).not.toHaveProperty('assert');
  });

  it('has a gap, and no findings, for a host that did not let us in', () => {
    const report = reportOn([unreachable], rules);
    expect(report.findings).toEqual([]);
    expect(report.gaps).toEqual([
      { host: 'm1', namespace: null, fact: null, problem: 'unreachable', reason: 'connection refused' },
    ]);
    expect(report.hosts[0]).toMatchObject({ kernel: null, namespaces: [], reached: { ok: false } });
  });

  it('knows a finding again by its rule, host and namespace', () => {
    const one = reportOn([host('a', { 'kernel.release': release('4.9.0') })], rules).findings;
    const other = reportOn([host('z', {}), host('a', {})], rules).findings.filter(
      ({ host: name }) => name === 'a',
    );
    expect(one.map(({ fingerprint }) => fingerprint)).toEqual(other.map(({ fingerprint }) => fingerprint));
    expect(new Set(one.map(({ fingerprint }) => fingerprint)).size).toBe(one.length);
    for (const { fingerprint } of one) expect(fingerprint).toMatch(/^[0-9a-f]{16}$/);
  });

  it('asks for the facts that rules read, and no others', () => {
    const reading = rule('AA001', "'a' in sysctl", { when: "netns.init && host.name != ''" });
    expect([...neededFacts([reading])].sort()).toEqual(['namespaces', 'sysctl']);
  });
});

it('tries 100 rules on 300 namespaces', () => {
  const keys = Array.from({ length: 800 }, (_, i) => [`net.ipv4.key_${i}`, i]);
  const shown = settings(Object.fromEntries([...keys, ['net.ipv4.tcp_tw_recycle', 0]]));
  const hosts = Array.from({ length: 150 }, (_, i) =>
    host(`h${i}`, { [`sysctl.values@${INIT}`]: shown, [`sysctl.values@${POD}`]: shown }),
  );
  const many = Array.from({ length: 100 }, (_, i) =>
    rule(`AA${100 + i}`, `sysctl['net.ipv4.key_${i}'] == ${i} && kernel.release != ''`, {
      when: "'net.ipv4.tcp_tw_recycle' in sysctl",
    }),
  );
  const { findings } = reportOn(hosts, many);
  expect(findings).toHaveLength(30_000);
  expect(findings.every(({ verdict }) => verdict === 'pass')).toBe(true);
}, 60_000);

it('writes a check that found nothing as it writes a failure', () => {
  const said = {
    [`sysctl.values@${INIT}`]: settings({ a: 1 }),
    [`sysctl.values@${POD}`]: settings({ a: 2 }),
  };
  const { findings } = reportOn([host('h1', said)], [rule('AA001', "sysctl['a'] == 1")]);
  const written = findings.map((finding) => JSON.parse(JSON.stringify(finding)));
  const [passed, failed] = ['pass', 'fail'].map((verdict) => written.find((one) => one.verdict === verdict));
  expect(Object.keys(passed)).toEqual(Object.keys(failed));
  expect(passed).toMatchObject({ rule: 'AA001', host: 'h1', namespace: 'init', message: '', evidence: [] });
  expect(passed.fingerprint).not.toBe(failed.fingerprint);
});

describe('a finding that explains others', () => {
  const said = { [`sysctl.values@${INIT}`]: settings({ a: 1 }), [`sysctl.values@${POD}`]: none('absent') };
  const failing = (id: string, severity: Severity, supersedes?: string[]) =>
    rule(id, "sysctl['a'] == 0", { severity, ...(supersedes && { supersedes }) });
  const shown = (rules: LoadedRule[]) =>
    reportOn([host('h', said)], rules)
      .findings.filter(({ verdict, foldedInto }) => verdict === 'fail' && foldedInto === null)
      .map(({ rule: id, severity }) => `${id} ${severity}`);

  it('counts with the highest severity among them, and is sorted by it', () => {
    const rules = [
      failing('AA001', 'error'),
      failing('BB001', 'warning'),
      failing('CC001', 'note', ['AA001']),
    ];
    expect(shown(rules)).toEqual(['CC001 error', 'BB001 warning']);
  });

  it('is the last of a chain', () => {
    const rules = [
      failing('AA001', 'error'),
      failing('BB001', 'note', ['AA001']),
      failing('CC001', 'note', ['BB001']),
    ];
    expect(shown(rules)).toEqual(['CC001 error']);
    const { findings } = reportOn([host('h', said)], rules);
    const top = findings.find(({ rule: id, verdict }) => id === 'CC001' && verdict === 'fail')!.fingerprint;
    expect(new Set(findings.flatMap(({ foldedInto }) => foldedInto ?? []))).toEqual(new Set([top]));
  });

  it('never makes a report milder, whatever supersedes what', () => {
    const ids = ['AA001', 'BB001', 'CC001', 'DD001', 'EE001'];
    const severity = fc.constantFrom<Severity>('error', 'warning', 'note');
    const ranks: Severity[] = ['error', 'warning', 'note'];
    const drawn = fc.array(fc.tuple(severity, fc.subarray([0, 1, 2, 3, 4])), { minLength: 5, maxLength: 5 });
    fc.assert(
      fc.property(drawn, (choices) => {
        // of those before it alone: a circle is refused where rules are loaded
        const rules = choices.map(([severity, others], i) => {
          const supersedes = others.filter((other) => other < i).map((other) => ids[other]!);
          return failing(ids[i]!, severity, supersedes.length > 0 ? supersedes : undefined);
        });
        const worst = ranks.find((one) => choices.some(([given]) => given === one));
        expect(shown(rules)[0]).toMatch(new RegExp(` ${worst}$`));
      }),
      { numRuns: 40 },
    );
  });
});
