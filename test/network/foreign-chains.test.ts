/** `foreign-chains/` has what iptables-nft-save 1.8.9 and nft 1.0.6 print of one table, into which both have put rules. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { printAddresses } from '../../src/network/addresses.ts';
import { readNatEvidence } from '../../src/network/nat-evidence.ts';
import { everyMatch } from '../../src/network/rule-parts.ts';

const printed = (name: string) => ({
  text: readFileSync(join(import.meta.dirname, 'foreign-chains', name), 'utf8'),
  origin: name,
});
const nothing = { text: undefined, origin: '' };

it('a chain with rules of nft is read as nft prints it, and the others as iptables does', () => {
  const { ruleset } = readNatEvidence({
    ...{ legacy: nothing, legacy6: nothing, nft6: nothing, ipset: nothing },
    ...{ nft: printed('nft'), nftables: printed('nftables') },
  });
  const chains = ruleset.tables.flatMap(({ chains }) => [...chains.values()]);
  const asked = chains.flatMap(({ name, rules }) =>
    rules.map((rule) => {
      const sets = [...everyMatch(rule)].flatMap((match) =>
        match.kind === 'address' && printAddresses(match.set) !== '0.0.0.0/0' ? match.set : [],
      );
      return `${name} ${rule.origin}: ${sets.map((set) => printAddresses(set)).join()}`;
    }),
  );
  expect(asked).toEqual([
    'INPUT nft: 10.9.0.0/16',
    'FORWARD nftables: 10.1.0.0/24, 10.2.0.0/24',
    'FORWARD nftables: 10.3.0.1, 10.3.0.2/31, 10.3.0.4/31',
  ]);
  expect(chains.find(({ name }) => name === 'FORWARD')?.base?.policy).toBe('drop');
});
