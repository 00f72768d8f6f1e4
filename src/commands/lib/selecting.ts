import { nearest, UserError } from '../../errors.ts';
import { type LoadedRule, loadRules } from '../../evaluate/rules/rules.ts';
import type { World } from './world.ts';

interface Selection {
  rules: string[] | undefined;
  rule: string[] | undefined;
  builtin: boolean;
  'allow-supersede': boolean;
}

/** The rules that a command's options name. */
export function selectedRules(selection: Selection, { cwd }: World): LoadedRule[] {
  const { rules: paths = [], rule: ids, builtin, 'allow-supersede': allowSupersede } = selection;
  const rules = loadRules(paths, { builtin, allowSupersede, cwd });
  const known = rules.map(({ id }) => id);
  const unknown = (ids ?? []).filter((id) => !known.includes(id));
  const [first] = unknown;
  if (first !== undefined) {
    const near = nearest(first, known);
    throw new UserError(`there is no rule ${unknown.join(', ')}`, {
      hint: `${near ? `did you mean ${near}? ` : ''}\`twlint rules list\` lists them`,
    });
  }
  const wanted = ids === undefined ? rules : rules.filter(({ id }) => ids.includes(id));
  if (wanted.length === 0)
    throw new UserError('no rules to try', { hint: 'leave out --no-builtin, or name rules with -r' });
  return wanted;
}
