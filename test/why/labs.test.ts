/** `why` on broken hosts, on this machine's kernel. TWLINT_LABS=hairpin,input-rule tries only these. */
import { expect, it } from 'vitest';
import { describeWhere } from '../needs.ts';
import { thisMachine } from '../rules/hosts.ts';
import { chosenLabs } from './lab.ts';
import { tryLabs } from './trying.ts';

const NEEDS = {
  root: true as const,
  programs: [
    ...['unshare', 'nsenter', 'ip', 'sysctl', 'python3', 'nft', 'conntrack', 'keepalived'],
    ...['iptables-nft', 'iptables-legacy', 'ip6tables-nft'],
  ],
};

const labs = chosenLabs().filter(({ inMachine }) => !inMachine);

it('has labs', () => {
  expect(labs.length).toBeGreaterThan(0);
});

describeWhere(NEEDS, 'why', () => tryLabs(labs, () => thisMachine, true));
