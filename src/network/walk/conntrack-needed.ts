/**
 * Conntrack looks at a namespace's packets only where a rule there needs it (linux 6.1, nf_ct_netns_get, called by
 * nft_ct.c, nft_masq.c, nft_nat.c, nft_redir.c and their likes of xtables), or something else that rules do not tell.
 * Without conntrack, no chain of nat is asked.
 */
import { actions, allRules } from '../nat-rules.ts';
import type { Action, Match, Ruleset } from '../ruleset.ts';

const KNOWN = new WeakMap<Ruleset, boolean>();

export function needsConntrack(ruleset: Ruleset): boolean {
  const known = KNOWN.get(ruleset);
  if (known !== undefined) return known;
  const needed = someRule(ruleset);
  KNOWN.set(ruleset, needed);
  return needed;
}

function someRule({ tables }: Ruleset): boolean {
  for (const { rule } of allRules(tables)) {
    if (rule.steps.some(({ when }) => when.some(asksIt)) || actions(rule.steps).some(tellsIt)) return true;
  }
  return false;
}

const asksIt = (match: Match): boolean =>
  match.kind === 'state' ||
  match.kind === 'original' ||
  (match.kind === 'mark' && match.of === 'connection') ||
  (match.kind === 'any' && match.rows.some((row) => row.some(asksIt)));

const tellsIt = (action: Action): boolean =>
  action.kind === 'masquerade' ||
  action.kind === 'translate' ||
  action.kind === 'netmap' ||
  action.kind === 'redirect' ||
  action.kind === 'copyMark' ||
  (action.kind === 'setMark' && action.of === 'connection');
