/** The rules that an image has saved, and the probe of `nat` that they answer. */
import type { AtRest } from '../../define.ts';
import { nothingAtRest, type Persisted, persisted } from '../at-rest/persisted.ts';
import { hasProgram } from '../at-rest/programs.ts';

const DEBIAN = ['netfilter-persistent', 'iptables-persistent'];

const RULES: readonly Persisted[] = [
  { path: '/etc/iptables/rules.v4', services: DEBIAN },
  { path: '/etc/sysconfig/iptables', services: ['iptables'] },
  { path: '/etc/iptables/iptables.rules', services: ['iptables'] },
];
const RULES_6: readonly Persisted[] = [
  { path: '/etc/iptables/rules.v6', services: DEBIAN },
  { path: '/etc/sysconfig/ip6tables', services: ['ip6tables'] },
  { path: '/etc/iptables/ip6tables.rules', services: ['ip6tables'] },
];
const NFTABLES: readonly Persisted[] = [
  { path: '/etc/nftables.conf', services: ['nftables'] },
  { path: '/etc/sysconfig/nftables.conf', services: ['nftables'] },
];

/** The back end is not in the file: it is that of the program which is installed, iptables-nft where both are. */
const through =
  (backend: 'legacy' | 'nft', files: readonly Persisted[]): AtRest =>
  (tree) => {
    const nft = hasProgram(tree, ['/usr/sbin', '/sbin'], 'xtables-nft-multi');
    if (!nft.ok) return nft;
    return (nft.value ? 'nft' : 'legacy') === backend ? persisted(files)(tree) : nothingAtRest(tree);
  };

export const atRest = {
  legacy: through('legacy', RULES),
  legacy6: through('legacy', RULES_6),
  nft: through('nft', RULES),
  nft6: through('nft', RULES_6),
  nftables: persisted(NFTABLES),
  ipset: nothingAtRest,
};
