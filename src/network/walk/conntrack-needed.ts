/**
 * Conntrack looks at a namespace's packets only where a rule there needs it (linux 6.1, nf_ct_netns_get, called by
 * nft_ct.c, nft_masq.c, nft_nat.c, nft_redir.c and their likes of xtables), or something else that rules do not show.
 * Without conntrack, no chain of nat is evaluated.
 */

import { onceFor } from '../../once-for.ts';
import { allRules } from '../nat-rules.ts';
import { assertNever, everyAction, everyMatch, type PlainAction } from '../rule-parts.ts';
import type { Match, Ruleset } from '../ruleset.ts';

export const needsConntrack = onceFor(({ tables }: Ruleset): boolean => {
  for (const { rule } of allRules(tables)) {
    for (const match of everyMatch(rule)) if (readsConnection(match)) return true;
    for (const action of everyAction(rule)) if (usesConnection(action)) return true;
  }
  return false;
});

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

function usesConnection(action: PlainAction): boolean {
  switch (action.kind) {
    case 'masquerade':
    case 'translate':
    case 'netmap':
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
