/**
 * Conntrack looks at a namespace's packets only where a rule there needs it, of each family for itself (linux 6.1,
 * nf_ct_netns_get, called by nft_ct.c, nft_masq.c, nft_nat.c, nft_redir.c and their likes of xtables), or something else
 * that rules do not show. Without conntrack, no chain of nat is evaluated (nf_nat_core.c, nf_nat_inet_fn).
 */

import { onceFor } from '../../once-for.ts';
import type { AddressSet } from '../addresses.ts';
import { allRules } from '../nat-rules.ts';
import { assertNever, everyAction, everyMatch, type PlainAction } from '../rule-parts.ts';
import { isForVersion, type Match, type Rule, type Ruleset, type Table } from '../ruleset.ts';

/** Tells whether a rule makes conntrack look at packets of this version of IP. */
export function needsConntrack({ tables }: Ruleset, version: 4 | 6): boolean {
  return tables.some((table) => {
    if (!isForVersion(table.family, version)) return false;
    const known = neededIn(table);
    const needed = known.get(version) ?? isNeeded(table, version);
    known.set(version, needed);
    return needed;
  });
}

const neededIn = onceFor((_: Table) => new Map<4 | 6, boolean>());

function isNeeded(table: Table, version: 4 | 6): boolean {
  for (const { rule } of allRules([table])) if (isNeededBy(rule, version)) return true;
  return false;
}

function isNeededBy(rule: Rule, version: 4 | 6): boolean {
  for (const match of everyMatch(rule)) if (readsConnection(match)) return true;
  for (const action of everyAction(rule)) if (usesConnection(action, version)) return true;
  return false;
}

/** Tells whether a match reads the connection; one that is not understood proves nothing. */
function readsConnection(match: Match): boolean {
  switch (match.kind) {
    case 'state':
    case 'original':
      return true;
    case 'mark':
      return match.of === 'connection';
    case 'address':
    case 'port':
    case 'protocol':
    case 'interface':
    case 'local':
    case 'set':
    case 'any':
    case 'ipvs':
    case 'virtual':
    case 'chance':
    case 'undecided':
      return false;
    default:
      return assertNever(match);
  }
}

function usesConnection(action: PlainAction, version: 4 | 6): boolean {
  switch (action.kind) {
    // that of inet is for the family of its addresses (net/netfilter/nft_nat.c, nft_nat_init)
    case 'translate':
      return action.addresses === null || isOfVersion(action.addresses, version);
    case 'netmap':
      return isOfVersion(action.network, version);
    case 'masquerade':
    case 'redirect':
    case 'copyMark':
    case 'offload':
      return true;
    case 'setMark':
      return action.of === 'connection';
    case 'accept':
    case 'drop':
    case 'return':
    case 'jump':
    case 'goto':
    case 'notrack':
    case 'changeSets':
    case 'unknown':
      return false;
    default:
      return assertNever(action);
  }
}

const isOfVersion = ({ v4, v6 }: AddressSet, version: 4 | 6): boolean => (version === 4 ? v4 : v6).length > 0;
