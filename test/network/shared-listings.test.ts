import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseIptablesSave } from '../../src/network/iptables/save.ts';
import { readIptablesSave } from '../../src/network/iptables/shared-listings.ts';
import { parseNftJson } from '../../src/network/nft/json.ts';
import { readNftJson } from '../../src/network/nft/shared-listings.ts';
import type { Rule, Table } from '../../src/network/ruleset.ts';

const ABOUT = { backend: 'legacy', family: 'ip', origin: 'iptables-save' } as const;
/** How a counter stands before a rule, as programs print it and as people leave it. */
const FORMS = ['[7:420] ', '[8:480] ', '', '[9:540]  ', '[10:600]', ' [11:660] ', '\t[12:720] '];

const listing = (counters: readonly string[]) =>
  `# Generated
*filter
:FORWARD ACCEPT [1:60]
${counters.map((counter, i) => `${counter}-A FORWARD -s 10.0.0.${i}/32 -j DROP`).join('\n')}
-A FORWARD -c 13 780 -j ACCEPT
COMMIT
`;

const rulesOf = (tables: readonly Table[]): Rule[] =>
  tables.flatMap(({ chains }) => [...chains.values()].flatMap(({ rules }) => rules));

it.each(FORMS.flatMap((one) => FORMS.map((other) => [one, other])))(
  'counts what each listing says: %j, %j',
  (one, other) => {
    for (const counters of [
      [one, other],
      [other, one],
    ]) {
      const text = listing([...counters, '[14:840] ']);
      const { tables, counts } = readIptablesSave(text, ABOUT);
      const alone = rulesOf(parseIptablesSave(text, ABOUT));
      expect(rulesOf(tables).map((rule) => counts.get(rule) ?? null)).toEqual(
        alone.map(({ packets }) => packets),
      );
      expect(rulesOf(tables).map(({ text: rule, line }) => [rule, line])).toEqual(
        alone.map(({ text: rule, line }) => [rule, line]),
      );
    }
  },
);

/** An object of `nft -j`, as far as this test changes it. */
type Listed = Record<
  string,
  { handle?: number; expr?: object[]; elem?: unknown[]; flags?: string; family?: string; table?: string }
>;

/** Other handles and counters, on each third rule, and fewer elements of a set: what another host may print. */
function ofHost(objects: readonly Listed[], host: number): Listed[] {
  return structuredClone(objects).map((object, i) => {
    for (const [kind, body] of Object.entries(object)) {
      if (body.handle !== undefined) body.handle += 1000 * host;
      const counter = { counter: { packets: 7 * i + host, bytes: 420 * i } };
      if (kind === 'rule' && i % 3 === 0) body.expr?.unshift(counter);
      if (kind === 'rule' && i % 5 === 0) body.expr?.push({ counter: { packets: host, bytes: host } });
      if (kind === 'set' && host > 1) body.elem?.pop();
    }
    return object;
  });
}

/** How a listing is printed, and what stands around it. */
const PRINTS: Record<string, (objects: readonly Listed[]) => string> = {
  'as nft prints it': (nftables) => `${JSON.stringify({ nftables })}\n`,
  'behind a warning': (nftables) =>
    `# Warning: table ip nat is managed by iptables-nft\n${JSON.stringify({ nftables })}`,
  'on many lines': (nftables) => JSON.stringify({ nftables }, null, 1),
  'of a table that sleeps': (nftables) =>
    JSON.stringify({
      nftables: nftables.map((one) => ('table' in one ? { table: { ...one.table, flags: 'dormant' } } : one)),
    }),
  'beside one of ARP': (nftables) => {
    const arp = { family: 'arp', table: 'filter' };
    const objects = [
      { table: { family: 'arp', name: 'filter' } },
      { chain: { ...arp, name: 'in' } },
      { rule: { ...arp, chain: 'in', expr: [] } },
    ];
    return JSON.stringify({ nftables: [...nftables, ...objects] });
  },
  'with a set of no table': (nftables) =>
    JSON.stringify({ nftables: [...nftables, { set: { family: 'ip', name: 'lost' } }] }),
};

describe.each(['firewalld', 'kube-proxy'])(
  'reads the tables of nft as if each host were alone: %s',
  (name) => {
    const text = readFileSync(join(import.meta.dirname, 'rulesets', `${name}.json`), 'utf8');
    const { nftables } = JSON.parse(text) as { nftables: Listed[] };

    it.each(Object.entries(PRINTS))('%s', (_, print) => {
      for (const host of [1, 2, 3, 1]) {
        const listing = print(ofHost(nftables, host));
        const { tables, counts } = readNftJson(listing, 'nft');
        const counted = (rule: Rule) => ({ ...rule, packets: counts.get(rule) ?? rule.packets });
        const plain = (found: readonly Table[], of: (rule: Rule) => Rule) =>
          found.map(({ chains, ...table }) => ({
            ...table,
            chains: [...chains].map(([key, chain]) => [key, { ...chain, rules: chain.rules.map(of) }]),
          }));
        expect(plain(tables, counted)).toEqual(plain(parseNftJson(listing, 'nft'), (rule) => rule));
      }
    });

    it.each([
      ['a rule of no chain', { rule: { family: 'ip', table: 'nowhere', chain: 'c', expr: [] } }],
      [
        'a chain at no hook',
        { chain: { family: 'ip', table: 'kube-proxy', name: 'x', type: 'nat', hook: 'y' } },
      ],
      ['an object of no kind', { gate: { family: 'ip', table: 'kube-proxy', chain: 'c' } }],
      ['an object of no family', { chain: { family: 'mpls', table: 'kube-proxy', name: 'c' } }],
    ])('and refuses what it can not read: %s', (_, object) => {
      const listing = JSON.stringify({ nftables: [...nftables, object] });
      const refusal = (read: () => unknown) => {
        try {
          return read();
        } catch (error) {
          return (error as Error).message;
        }
      };
      const alone = refusal(() => parseNftJson(listing, 'nft'));
      expect(alone).toEqual(expect.any(String));
      expect(refusal(() => readNftJson(listing, 'nft'))).toEqual(alone);
    });
  },
);
