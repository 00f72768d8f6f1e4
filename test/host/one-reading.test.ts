import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { readSnapshot } from '../../src/collect/snapshot.ts';
import { collectors } from '../../src/collectors/index.ts';
import { buildVocabulary } from '../../src/evaluate/expression/vocabulary.ts';
import { evaluateFleet } from '../../src/evaluate/fleet.ts';
import { evaluateHost } from '../../src/evaluate/host.ts';
import { inquiryOf } from '../../src/evaluate/inquiry.ts';
import { evaluate } from '../../src/evaluate/report.ts';
import { loadRules } from '../../src/evaluate/rules/rules.ts';
import type { Answer, Problem, Report, Snapshot } from '../../src/model.ts';

const demo = readSnapshot(join(import.meta.dirname, '../../inventories/demo'));
const rules = loadRules([], { builtin: true, cwd: '/' });
const tool = { name: 'twlint', version: '0' };

const missing = (problem: Problem, reason: string): Answer<string> => ({ ok: false, problem, reason });

/** The demo with other answers: `{ 's2 nat.legacy': ... }`. */
function demoWith(answers: Record<string, Answer<string>>): Snapshot {
  const hosts = demo.hosts.map((one) => ({
    ...one,
    evidence: one.evidence.map((entry) => ({
      ...entry,
      answer: answers[`${one.host.name} ${entry.probe}`] ?? entry.answer,
    })),
  }));
  return { ...demo, hosts };
}

const reportOn = (snapshot: Snapshot): Report => evaluate(snapshot, rules, collectors, tool);

afterEach(() => void vi.restoreAllMocks());

describe('rules and the path engine see the same host', () => {
  it.each([...collectors.values()].map((collector) => [collector.id, collector] as const))(
    '%s is parsed once for each place',
    (id, collector) => {
      const model = vi.spyOn(collector, 'model');
      reportOn(demo);
      const places = demo.hosts.flatMap(({ host, evidence }) =>
        evidence
          .filter(({ probe, sample }) => probe.split('.')[0] === id && sample === 0)
          .map(({ namespace }) => `${host.name} ${namespace}`),
      );
      expect(model.mock.calls.length).toBeLessThanOrEqual(new Set(places).size);
    },
  );

  it('a namespace that was not listed has one name', () => {
    const report = reportOn(demoWith({ 'm1 namespaces.list': missing('timeout', 'it took too long') }));
    const places = [...report.findings, ...report.gaps].filter(({ host }) => host === 'm1');
    expect(new Set(places.map(({ namespace }) => namespace))).toEqual(new Set(['init', null]));
    expect(report.hosts.find(({ name }) => name === 'm1')!.namespaces).toEqual(['init']);
    expect(report.findings.filter(({ message }) => message.includes('not in the inventory'))).toEqual([]);
  });

  it.each([
    ['failed', 'denied'],
    ['denied', 'failed'],
    ['timeout', 'denied'],
  ] as const)('of two problems, %s and %s, both tell the same one', (legacy, nft) => {
    const report = reportOn(
      demoWith({ 's2 nat.legacy': missing(legacy, 'LOST-LEGACY'), 's2 nat.nft': missing(nft, 'LOST-NFT') }),
    );
    const told = JSON.stringify(report);
    expect([told.includes('LOST-LEGACY'), told.includes('LOST-NFT')].filter(Boolean)).toHaveLength(1);
  });
});

it('a kernel that has IPv6 and no policy routing of it loses no IPv4 route', () => {
  const refused = missing('failed', 'RTNETLINK answers: Address family not supported by protocol');
  const hosts = demo.hosts.map((one) => ({
    ...one,
    evidence: one.evidence.map((entry) =>
      entry.probe === 'routes.rules6' ? { ...entry, answer: refused } : entry,
    ),
  }));
  const changed = hosts.flatMap(({ evidence }) => evidence.filter(({ answer }) => answer === refused));
  expect(changed).not.toEqual([]);
  const { findings, gaps } = reportOn({ ...demo, hosts });
  expect({ findings, gaps }).toEqual((({ findings, gaps }) => ({ findings, gaps }))(reportOn(demo)));
});

it.each(['routes.rules', 'routes.rules6', 'routes.routes6', 'nat.ipset', 'nat.nft6'])(
  'without %s, the rest of its fact is known',
  (probe) => {
    const report = reportOn({
      ...demo,
      hosts: demo.hosts.map((one) => ({
        ...one,
        evidence: one.evidence.map((entry) =>
          entry.probe === probe ? { ...entry, answer: missing('timeout', 'LOST') } : entry,
        ),
      })),
    });
    const [fact] = probe.split('.');
    const gaps = report.gaps.filter((gap) => gap.fact === fact);
    expect(gaps.map(({ problem }) => problem)).toEqual(gaps.map(() => 'partial'));
    expect(JSON.stringify(gaps)).toContain('LOST');
    expect(report.findings.some(({ rule, verdict }) => rule === 'TW001' && verdict === 'fail')).toBe(true);
  },
);

it.each(['timeout', 'denied', 'failed'] as const)(
  'what follows from an answer that is missing has its problem: %s',
  (problem) => {
    const { gaps } = reportOn(demoWith({ 's2 addresses.addresses': missing(problem, 'LOST') }));
    const told = gaps.filter(({ fact, reason }) => fact === 'verdicts' && reason.includes('LOST'));
    expect(told.length).toBeGreaterThan(0);
    expect(new Set(told.map((gap) => gap.problem))).toEqual(new Set([problem]));
  },
);

describe('host by host', () => {
  const vocabulary = buildVocabulary(collectors);
  const parts = demo.hosts.map((host) => evaluateHost(host, inquiryOf(rules), vocabulary).part);
  const found = (given: typeof parts) => {
    const { findings, gaps } = evaluateFleet(given, rules, vocabulary);
    return { findings: [...findings.keys()], gaps };
  };

  it('what the fleet needs of a host can be handed to another process', () => {
    expect(found(parts).findings.some(({ verdict }) => verdict === 'fail')).toBe(true);
    expect(found(structuredClone(parts))).toEqual(found(parts));
  });

  it('is the same twice: nothing is spent', () => {
    expect(found(parts)).toEqual(found(parts));
  });

  it('keeps no evidence', () => {
    const text = JSON.stringify(parts, (_, value) =>
      value instanceof Map ? [...value] : typeof value === 'bigint' ? String(value) : value,
    );
    for (const { evidence } of demo.hosts)
      for (const { answer } of evidence)
        if (answer.ok && answer.value.length > 400) expect(text).not.toContain(JSON.stringify(answer.value));
  });
});
