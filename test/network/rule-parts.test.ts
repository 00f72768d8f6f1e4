import { describe, expect, it } from 'vitest';
import { parseIptablesSave } from '../../src/network/iptables/save.ts';
import { parseNftText } from '../../src/network/nft/text.ts';
import { everyAction, everyMatch } from '../../src/network/rule-parts.ts';
import type { Table } from '../../src/network/ruleset.ts';
import { needsConntrack } from '../../src/network/walk/conntrack-needed.ts';

const nft = (rule: string) =>
  parseNftText(
    `table ip t {\n\tset s {\n\t\ttype ct_state\n\t\telements = { new, established }\n\t}\n\tchain c {\n\t\ttype filter hook forward priority 0; policy accept;\n\t\t${rule}\n\t}\n}\n`,
    'nft',
  );
const save = (rule: string) =>
  parseIptablesSave(`*filter\n:FORWARD ACCEPT [0:0]\n-A FORWARD ${rule}\nCOMMIT\n`, {
    backend: 'legacy',
    family: 'ip',
    origin: 'iptables-save',
  });
const needed = (tables: Table[]) => needsConntrack({ tables, ipsets: new Map() }, 4);

describe('conntrack is needed', () => {
  it.each<[string, Record<4 | 6, boolean>]>([
    ['table inet t { chain c { ct state new accept; }; }', { 4: true, 6: true }],
    ['table ip6 t { chain c { ct state new accept; }; }', { 4: false, 6: true }],
    ['table inet t { chain c { masquerade; }; }', { 4: true, 6: true }],
    ['table inet t { chain c { dnat ip to 10.0.0.1; }; }', { 4: true, 6: false }],
    ['table inet t { chain c { dnat ip6 to fd00::1; }; }', { 4: false, 6: true }],
    ['table inet t { chain c { meta mark set 0x1; }; }', { 4: false, 6: false }],
  ])('of each family for itself: %s', (text, wanted) => {
    const tables = parseNftText(text.replaceAll('{ ', '{\n').replaceAll('; ', '\n'), 'nft');
    const ruleset = { tables, ipsets: new Map() };
    expect({ 4: needsConntrack(ruleset, 4), 6: needsConntrack(ruleset, 6) }).toEqual(wanted);
  });

  it.each([
    'ct state established accept',
    'ct state vmap { established : accept }',
    'ct state vmap { invalid : drop, established : accept, related : accept }',
    'ct state . tcp dport vmap { new . 80 : accept }',
    'ct state . tcp dport { new . 80 } accept',
    'ct state @s accept',
    'ct mark 0x1 accept',
    'ct mark vmap { 0x1 : drop }',
    'ct original ip daddr vmap { 10.0.0.1 : drop }',
    'ct mark set 0x1',
    'meta mark set ct mark',
    'ct mark set tcp dport map { 80 : 0x1 }',
    'dnat to tcp dport map { 80 : 10.0.0.1 }',
    'masquerade',
  ])('by nft: %s', (rule) => expect(needed(nft(rule))).toBe(true));

  it.each([
    'tcp dport vmap { 80 : accept }',
    'tcp dport . ip saddr vmap { 80 . 10.0.0.1 : accept }',
    'meta mark vmap { 0x1 : drop }',
    'meta mark set 0x1',
    'notrack',
    'counter drop',
  ])('not by nft: %s', (rule) => expect(needed(nft(rule))).toBe(false));

  it.each(['-m conntrack --ctstate NEW -j DROP', '-m connmark --mark 0x1', '-j CONNMARK --save-mark'])(
    'by iptables: %s',
    (rule) => expect(needed(save(rule))).toBe(true),
  );
});

it('goes down into maps, sets and concatenations', () => {
  const [table] = nft('ct state . tcp dport vmap { new . 80 : jump c, established . 81 : drop }');
  const [rule] = table!.chains.get('c')!.rules;
  expect([...everyMatch(rule!)].map(({ kind }) => kind)).toContain('state');
  expect([...everyMatch(rule!)].map(({ kind }) => kind)).toContain('port');
  expect([...everyAction(rule!)].map(({ kind }) => kind)).toEqual(['jump', 'drop']);
});

describe('what is not known is undecided, and no default', () => {
  const kindsIn = ([table]: Table[], chain: string) =>
    table!.chains
      .get(chain)!
      .rules.flatMap((rule) => [
        ...[...everyMatch(rule)].map(({ kind }) => kind),
        ...[...everyAction(rule)].map(({ kind }) => kind),
      ]);

  it.each(['-m conntrack --ctstate NOVEL', '-m conntrack --ctdir SIDEWAYS', '-m set --match-set a src,up'])(
    '%s',
    (match) => expect(kindsIn(save(`${match} -j DROP`), 'FORWARD')).toEqual(['undecided', 'drop']),
  );

  it.each([
    ['ct state novel drop', 'undecided'],
    ['ct direction sideways drop', 'undecided'],
    ['@nh,96,32 set 0x0a000001 drop', 'unknown'],
    ['xt novelty "MARK"', 'unknown'],
  ])('%s', (rule, kind) => expect(kindsIn(nft(rule), 'c')).toContain(kind));
});
