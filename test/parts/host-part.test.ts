/** The report of hosts whose audits left their process as parts is, byte for byte, that of one process. */
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { writeFleet } from '../../bench/replicated-fleet.mjs';
import { readSnapshot } from '../../src/collect/snapshot.ts';
import { collectors } from '../../src/collectors/index.ts';
import { inquiryOf } from '../../src/evaluate/inquiry.ts';
import { beginEvaluation, evaluate, runTime } from '../../src/evaluate/report.ts';
import { type LoadedRule, loadRules, readsOtherHosts } from '../../src/evaluate/rules/rules.ts';
import type { Evidence, HostEvidence, Report, Snapshot } from '../../src/model.ts';
import { decodeHostPart, encodeHostPart } from '../../src/parts/host-part.ts';
import { beginJoining } from '../../src/parts/joining.ts';
import { temporaryFolder } from '../temporary.ts';

const ROOT = join(import.meta.dirname, '../..');
const DEMO = join(ROOT, 'inventories/demo');
const TOOL = { name: 'twlint', version: '0' };

const all = loadRules([], { builtin: true, tests: false, cwd: ROOT });

/** The rules that read what is kept of a host. */
const across = all.filter((rule) => rule.scope === 'path' || readsOtherHosts(rule));

/** By way of parts, which come in another order. */
function joined(snapshot: Snapshot, rules: readonly LoadedRule[]): Report {
  const evaluation = beginEvaluation(rules, collectors, TOOL);
  const joining = beginJoining(rules, collectors, TOOL);
  const time = runTime(snapshot);
  const parts = snapshot.hosts.map((host, position) =>
    encodeHostPart({ ...evaluation.half(host, time), position }),
  );
  for (const bytes of parts.toReversed())
    joining.add(decodeHostPart(bytes, { where: 'it', host: null }), 'it');
  return joining.report(snapshot);
}

function expectSame(snapshot: Snapshot, rules: readonly LoadedRule[] = all): void {
  const evaluation = beginEvaluation(rules, collectors, TOOL);
  const time = runTime(snapshot);
  // what paths are looked for in is the same, whether or not this fleet has any
  for (const host of snapshot.hosts)
    expect(isDeepStrictEqual(evaluation.rest(evaluation.half(host, time)), evaluation.host(host, time))).toBe(
      true,
    );
  const whole = evaluate(snapshot, rules, collectors, TOOL);
  expect(JSON.stringify(joined(snapshot, rules))).toBe(JSON.stringify(whole));
}

const withAnswers = (snapshot: Snapshot, change: (one: Evidence, host: HostEvidence) => Evidence[]) => ({
  ...snapshot,
  hosts: snapshot.hosts.map((host) => ({
    ...host,
    evidence: host.evidence.flatMap((one) => change(one, host)),
  })),
});

const demo = readSnapshot(DEMO);
const fleet = temporaryFolder('host-parts');
beforeAll(() => writeFleet(fleet, 8, DEMO));

describe('the same report', () => {
  it('of the demo', () => {
    expect(evaluate(demo, all, collectors, TOOL).findings.some(({ rule }) => rule === 'TW001')).toBe(true);
    expectSame(demo);
  });

  it('of many hosts', () => expectSame(readSnapshot(fleet)));

  // rules about paths alone, about hosts beside others alone, and none of these
  it.each([
    ['paths', (rule: LoadedRule) => rule.scope === 'path'],
    ['hosts beside others', (rule: LoadedRule) => rule.id.startsWith('KA')],
    ['one host', (rule: LoadedRule) => rule.scope !== 'path' && !rule.id.startsWith('KA')],
  ])('by rules about %s', (_, isTried) => expectSame(demo, all.filter(isTried)));

  it.each([
    ...new Set(demo.hosts.flatMap(({ evidence }) => evidence.map(({ probe }) => probe.split('.')[0]!))),
  ])('where no host tells its %s', (fact) => {
    const without = withAnswers(demo, (one) => (one.probe.startsWith(`${fact}.`) ? [] : [one]));
    expectSame(without, across);
    // nobody knows what was to be asked
    expectSame({ ...without, hosts: without.hosts.map(({ planned: _, ...host }) => host) }, across);
  });

  it('where a namespace told nothing that is read beside other hosts', () => {
    const odd = '4026539999';
    expect(inquiryOf(all).keep.has('neighbour_states')).toBe(false);
    const isSign = ({ probe }: Evidence) => probe === 'neighbour_states.counts';
    const sign = (one: Evidence, { evidence }: HostEvidence) =>
      one === evidence.find(isSign)
        ? [one, { ...one, namespace: odd }, { ...one, namespace: odd, sample: 1 as const }]
        : [one];
    const signed = withAnswers(demo, sign);
    expect(signed.hosts[0]!.evidence.length).toBeGreaterThan(demo.hosts[0]!.evidence.length);
    expectSame({ ...signed, hosts: signed.hosts.map(({ planned: _, ...host }) => host) });
  });

  it('where a host could not be reached', () => {
    const reached = { ok: false, problem: 'unreachable', reason: 'no route' } as const;
    const [first, ...others] = demo.hosts;
    expectSame({ ...demo, hosts: [{ ...first!, reached, evidence: [] }, ...others] });
  });

  it('where a host says more than is parsed', () => {
    const long = `${'# a line of a ruleset that never ends\n'.repeat(500_000)}`;
    const change = (one: Evidence, { host }: HostEvidence): Evidence[] =>
      one.probe === 'nat.legacy' && host.name === 's2' && one.answer.ok
        ? [{ ...one, answer: { ok: true, value: one.answer.value + long } }]
        : [one];
    expectSame(withAnswers(demo, change));
  });
});
