/** The groups that an INI file has declared so far, and those that it has only mentioned. */
import { nearest } from '../../errors.ts';
import type { Source } from '../../model.ts';
import type { Complain, Statement } from '../statements.ts';

export interface GroupLedger {
  /** `[group]`, `[group:children]` or, which declares nothing, `[group:vars]`. */
  open(group: string, isVars: boolean, source: Source): void;
  /** `child` stands below `[parent:children]`; it may be declared later. */
  adopt(parent: string, child: string, source: Source): void;
  /** Reports groups that were mentioned and never declared. */
  close(): void;
}

interface Mention {
  /** The parent group; null for `[group:vars]`. */
  parent: string | null;
  source: Source;
}

/** The most guesses at what was meant: they take long where there are many groups. */
const MOST_GUESSES = 20;

/** A child counts as one from where it is declared: the order of children is Ansible's. */
export function groupLedger(
  statements: Statement[],
  isKnown: (group: string) => boolean,
  complain: Complain,
): GroupLedger {
  const seen = new Set<string>(['all', 'ungrouped']);
  const mentions = new Map<string, Mention[]>();
  const exists = (group: string): boolean => seen.has(group) || isKnown(group);
  const mention = (group: string, parent: string | null, source: Source): void => {
    mentions.set(group, [...(mentions.get(group) ?? []), { parent, source }]);
  };
  const settle = (group: string): void => {
    for (const { parent, source } of mentions.get(group) ?? [])
      if (parent !== null) statements.push({ kind: 'child', group: parent, child: group, source });
    mentions.delete(group);
  };
  return {
    open(group, isVars, source) {
      if (isVars && !exists(group)) mention(group, null, source);
      seen.add(group);
      statements.push({ kind: 'group', group, source });
      if (!isVars) settle(group);
    },
    adopt(parent, child, source) {
      if (exists(child)) statements.push({ kind: 'child', group: parent, child, source });
      else mention(child, parent, source);
    },
    close() {
      const declared = [...seen].filter((name) => !mentions.has(name));
      for (const [index, [group, places]] of [...mentions].entries()) {
        const meant = index < MOST_GUESSES ? nearest(group, declared) : null;
        const hint = meant ? `did you mean ${meant}?` : `a line [${group}] declares it, also without hosts`;
        for (const { source } of places) complain(`there is no group ${group}`, source, hint);
      }
    },
  };
}
