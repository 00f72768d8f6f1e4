/** Makes of what a host said what it would say, were proposed changes made. By text: the same readers read both. */
import { UserError, UserErrors } from '../errors.ts';
import type { HostEvidence } from '../model.ts';
import { assertNever } from '../network/rule-parts.ts';
import { restoreTables, runIptables } from './iptables-overlay.ts';
import { replaceServices, runIpvsadm } from './ipvs-overlay.ts';
import { replaceKeepalived } from './keepalived-overlay.ts';
import { loadNftFile, runNft } from './nft-overlay.ts';
import type { Proposal } from './proposal.ts';
import { runIpRoute } from './route-overlay.ts';
import { runIpRule } from './rule-overlay.ts';
import { writeSetting } from './sysctl-overlay.ts';
import { type Texts, textsOf } from './texts.ts';

/** The namespace that changes are made in. */
export interface ChangedNamespace {
  /** As people call it: `lb-1`, `lb-1/web`. */
  name: string;
  inode: string;
}

/** Makes the changes in order. Throws UserErrors for all that can't be made. */
export const overlaid = (
  host: HostEvidence,
  place: ChangedNamespace,
  proposals: readonly Proposal[],
): HostEvidence => overlaidStepwise(host, place, proposals).at(-1) ?? host;

/** The same, with what the host says at first and after each change. */
export function overlaidStepwise(
  host: HostEvidence,
  place: ChangedNamespace,
  proposals: readonly Proposal[],
): HostEvidence[] {
  const errors: UserError[] = [];
  const states = [host];
  for (const proposal of proposals) {
    const before = states.at(-1) ?? host;
    const isHosts = proposal.kind === 'keepalived';
    const texts = textsOf(before, isHosts ? null : place.inode, place.name);
    try {
      states.push(made(texts, proposal).changed());
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      errors.push(error);
    }
  }
  if (errors.length > 0) throw new UserErrors(errors);
  return states;
}

function made(texts: Texts, proposal: Proposal): Texts {
  const { source } = proposal;
  switch (proposal.kind) {
    case 'iptables-save':
      return restoreTables(texts, proposal.text, source);
    case 'iptables':
      return runIptables(texts, proposal.program, proposal.words, source);
    case 'nft-file':
      return loadNftFile(texts, proposal.text, source);
    case 'nft':
      return runNft(texts, proposal.text, source);
    case 'sysctl':
      return writeSetting(texts, proposal.key, proposal.value, source);
    case 'ipvsadm-save':
      return replaceServices(texts, proposal.text, source);
    case 'ipvsadm':
      return runIpvsadm(texts, proposal.words, source);
    case 'route':
      return runIpRoute(texts, proposal.family, proposal.words, source);
    case 'rule':
      return runIpRule(texts, proposal.family, proposal.words, source);
    case 'keepalived':
      return replaceKeepalived(texts, proposal.text, source);
    default:
      return assertNever(proposal);
  }
}
