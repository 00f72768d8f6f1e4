import { describe, expect, it } from 'vitest';
import { countOf, type Ruleset, type Table } from '../../src/network/ruleset.ts';
import { readRuleset } from '../../src/network/ruleset-text.ts';
import { uncountedRuleset, withSharedTables } from '../../src/network/shared-tables.ts';

describe('the ruleset of hosts that have the same', () => {
  const iptables = `*nat
:PREROUTING ACCEPT [0:0]
:SVC - [0:0]
[7:420] -A PREROUTING -d 10.0.0.1/32 -m set --match-set ours src -j SVC
[0:0] -A SVC -p tcp -m tcp --dport 80 -j DNAT --to-destination 10.1.0.1:80
COMMIT
`;
  const sets = 'create ours hash:ip family inet\nadd ours 10.9.0.1\n';
  const nft = `table ip mine {
	map services {
		type ipv4_addr : verdict
		elements = { 10.0.0.1 : goto one }
	}
	chain one {
		counter packets 7 bytes 420 dnat to 10.1.0.1:80
	}
	chain pre {
		type nat hook prerouting priority dstnat; policy accept;
		ip daddr vmap @services
	}
}
`;
  const iptablesOf = (text: string, ipsets = sets, origin = 'iptables-save') =>
    uncountedRuleset(readRuleset(text, origin, { text: ipsets, origin: 'ipset save' }));
  const nftOf = (text: string) => uncountedRuleset(readRuleset(text, 'nft list ruleset'));

  it('is one, whatever the counters of iptables', () => {
    const first = iptablesOf(iptables);
    expect(iptablesOf(iptables)).toBe(first);
    expect(iptablesOf(iptables.replace('[7:420]', '[8:480]'))).toBe(first);
    expect(nftOf(nft)).toBe(nftOf(nft));
  });

  it.each([
    ['an address', iptablesOf(iptables.replace('10.0.0.1/32', '10.0.0.2/32'))],
    ['a target', iptablesOf(iptables.replace('10.1.0.1:80', '10.1.0.2:80'))],
    ['a comment', iptablesOf(iptables.replace('-m set', '-m comment --comment x -m set'))],
    ['a policy', iptablesOf(iptables.replace('PREROUTING ACCEPT', 'PREROUTING DROP'))],
    [
      'a chain that is not there',
      iptablesOf(iptables.replace(':SVC - [0:0]\n', '').replace('-j SVC', '-j RETURN')),
    ],
    ['a chain that nothing is in', iptablesOf(iptables.replace(':SVC', ':NEW - [0:0]\n:SVC'))],
    ['a line above', iptablesOf(`# Generated\n${iptables}`)],
    ['a member of a set', iptablesOf(iptables, `${sets}add ours 10.9.0.2\n`)],
    ['where it was read', iptablesOf(iptables, sets, '/etc/iptables/rules.v4')],
  ])('is another one where this differs: %s', (_, other) => {
    expect(other).not.toBe(iptablesOf(iptables));
  });

  it.each([
    ['an element of a map', nft.replace('10.0.0.1 : goto one', '10.0.0.2 : goto one')],
    ['a priority', nft.replace('priority dstnat', 'priority -99')],
    ['a table', nft.replace('table ip mine', 'table ip yours')],
    ['a family', nft.replace('table ip mine', 'table inet mine').replace('dnat to', 'dnat ip to')],
  ])('is another one where this differs: %s', (_, other) => {
    expect(nftOf(other)).not.toBe(nftOf(nft));
  });

  it('has the chains, rules and sets that another one has alike', () => {
    const first = iptablesOf(iptables);
    const text = iptables.replace('10.1.0.1:80', '10.1.0.3:80');
    const other = iptablesOf(text);
    const chainOf = ({ tables }: Ruleset, chain: string) => tables[0]?.chains.get(chain);
    const stepsOf = ({ tables }: Ruleset, chain: string) => tables[0]?.chains.get(chain)?.rules[0]?.steps;
    expect(other.ipsets.get('ours')).toBe(first.ipsets.get('ours'));
    expect(chainOf(other, 'PREROUTING')).toBe(chainOf(first, 'PREROUTING'));
    expect(stepsOf(other, 'PREROUTING')).toBe(stepsOf(first, 'PREROUTING'));
    expect(stepsOf(other, 'SVC')).not.toEqual(stepsOf(first, 'SVC'));
    const counters = text.replace(/^\[\d+:\d+\] /gm, '');
    expect(other).toEqual(readRuleset(counters, 'iptables-save', { text: sets, origin: 'ipset save' }));
  });

  it('leaves each host what it has counted', () => {
    const counted = ['[7:420]', '[8:480]'].map((counter) => {
      const ruleset = withSharedTables(
        readRuleset(iptables.replace('[7:420]', counter), 'iptables-save', {
          text: sets,
          origin: 'ipset save',
        }),
      );
      const [table] = ruleset.tables;
      return [...(table?.chains.values() ?? [])].flatMap(({ rules }) =>
        rules.map((rule) => countOf(rule, ruleset)),
      );
    });
    expect(counted).toEqual([
      [7, 0],
      [8, 0],
    ]);
  });

  it('is not one that another host has named to look like it', () => {
    const table = (name: string, chains: Table['chains']): Ruleset => ({
      tables: [{ backend: 'nftables', family: 'ip', name, chains }],
      ipsets: new Map(),
    });
    const forged = uncountedRuleset(table('mine\n["c",null]', new Map()));
    expect(uncountedRuleset(table('mine', new Map([['c', { name: 'c', base: null, rules: [] }]])))).not.toBe(
      forged,
    );
  });
});
