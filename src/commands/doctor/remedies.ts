import type { Gap, Problem } from '../../model.ts';

/** The packages that programs come from: a name that Debian's and Red Hat's families share, or both names. */
const PACKAGES: ReadonlyMap<string, string> = new Map([
  ['nft', 'nftables'],
  ['iptables-nft-save', 'iptables'],
  ['ip6tables-nft-save', 'iptables'],
  ['iptables-legacy-save', 'iptables (iptables-legacy on Red Hat)'],
  ['ip6tables-legacy-save', 'iptables (iptables-legacy on Red Hat)'],
  ['ip', 'iproute2 (iproute on Red Hat)'],
  ['nsenter', 'util-linux'],
]);

/** The remedy for a user who may not see everything. */
export const BECOME_ROOT =
  'ansible_become: true, and NOPASSWD in its sudoers; or let it run one script alone: twlint collect --print-script --install-as';

const REMEDIES: Partial<Record<Problem | 'partial', string>> = {
  denied: 'not even root may: does a container, SELinux or a lockdown of the kernel keep it from us?',
  timeout: 'give it more time with --host-timeout, or ask less with --netns init',
  truncated: 'ask less with --netns init, or fewer rules with -r and --no-builtin',
  failed: 'run it there by hand: twlint collect --print-script shows the command',
  unparsable: 'please report it, with the file that twlint collect -o DIR keeps of it',
};

/**
 * Returns the remedy for something that could not be collected; '' where none is known. `program` is the one whose
 * lack is the cause.
 */
export function remedyFor(problem: Gap['problem'], program: string | undefined): string {
  return program === undefined
    ? (REMEDIES[problem] ?? '')
    : `install ${PACKAGES.get(program) ?? program} there`;
}
