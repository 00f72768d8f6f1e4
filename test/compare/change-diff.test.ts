import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readSnapshot } from '../../src/collect/snapshot.ts';
import { collectors } from '../../src/collectors/index.ts';
import { placeNamed } from '../../src/commands/plan/place.ts';
import { compareChange } from '../../src/compare/change-diff.ts';
import { compareFleets } from '../../src/compare/fleet-diff.ts';
import { comparePaths } from '../../src/compare/path-diff.ts';
import { asEarlier, compareReports } from '../../src/compare/report-diff.ts';
import { buildVocabulary } from '../../src/evaluate/expression/vocabulary.ts';
import { evaluate } from '../../src/evaluate/report.ts';
import { loadRules } from '../../src/evaluate/rules/rules.ts';
import { overlaid } from '../../src/plan/overlay.ts';
import { readProposal } from '../../src/plan/proposal.ts';

const ROOT = join(import.meta.dirname, '../..');
const TOOL = { name: 'twlint', version: '0' };

it.each([
  ['s2', 'iptables -t nat -D POSTROUTING ! -s 10.244.0.0/16 -d 10.244.0.0/16 -j MASQUERADE'],
  ['s2', 'sysctl -w net.ipv4.tcp_tw_recycle=0'],
  ['m1', 'iptables -A INPUT -p tcp --dport 5432 -j DROP'],
])('of a change at %s says what the two fleets say by themselves: %s', (at, change) => {
  const read = readSnapshot(join(ROOT, 'inventories/demo'));
  // what was not seen on the other host can not be compared
  const [other = read.hosts[0]!] = read.hosts.filter(({ host }) => host.name !== at);
  const unread = other.evidence.map((one) =>
    one.probe === 'sysctl.values'
      ? { ...one, answer: { ok: false as const, problem: 'denied' as const, reason: 'for root alone' } }
      : one,
  );
  const before = {
    ...read,
    hosts: read.hosts.map((one) => (one === other ? { ...one, evidence: unread } : one)),
  };
  const rules = loadRules([], { builtin: true, cwd: ROOT });
  const { host, place } = placeNamed(at, before.hosts);
  const changed = overlaid(host, place, readProposal(change, '--with'));
  const after = { ...before, hosts: before.hosts.map((one) => (one === host ? changed : one)) };
  const [then, now] = [before, after].map((fleet) => evaluate(fleet, rules, collectors, TOOL));
  const found = compareChange(before, new Map([[host, changed]]), rules, collectors, TOOL);
  expect(found.fleet.notCompared).not.toEqual([]);
  expect(found).toEqual({
    findings: compareReports(asEarlier(then!), now!),
    fleet: compareFleets(before, after, buildVocabulary(collectors)),
    paths: comparePaths(before, after),
  });
});
