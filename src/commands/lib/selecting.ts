import { type Config, NO_CONFIG } from '../../config/config.ts';
import { nearest, throwIfAny, UserError } from '../../errors.ts';
import { type LoadedRule, loadRules } from '../../evaluate/rules/rules.ts';
import type { Source } from '../../model.ts';
import { matchesGlob } from '../../network/glob.ts';
import type { World } from './world.ts';

interface Selection {
  rules: string[] | undefined;
  rule: string[] | undefined;
  exclude: string[] | undefined;
  builtin: boolean;
  'allow-supersede': boolean;
}

/** A word that should name rules, and where it stands; null: on the command line. */
interface Named {
  pattern: string;
  source: Source | null;
}

/**
 * Returns the rules that a command's options name, with the severities that the configuration gives them; `tests`: with
 * the tests of the built-in ones.
 */
export function selectedRules(
  selection: Selection,
  { cwd }: World,
  config: Config = NO_CONFIG,
  { tests = false }: { tests?: boolean } = {},
): LoadedRule[] {
  const { rules: paths = [], rule, exclude = [], builtin, 'allow-supersede': allowSupersede } = selection;
  const rules = loadRules(paths, { builtin, tests, allowSupersede, cwd });
  checkNames(namedBy(selection, config), rules);
  const wanted = rules.filter(({ id }) => (rule === undefined || isAmong(id, rule)) && !isAmong(id, exclude));
  if (wanted.length === 0)
    throw new UserError('no rules to try', {
      hint: 'leave out --no-builtin or --exclude, or name rules with -r',
    });
  return wanted.map((one) => withSeverity(one, config));
}

const isAmong = (id: string, patterns: readonly string[]) =>
  patterns.some((pattern) => matchesGlob(pattern, id));

function namedBy({ rule = [], exclude = [] }: Selection, config: Config): Named[] {
  const excluded = config.options.find(({ option }) => option === 'exclude')?.source ?? null;
  return [
    ...rule.map((pattern) => ({ pattern, source: null })),
    ...exclude.map((pattern) => ({ pattern, source: excluded })),
    ...config.severities.map((setting) => ({ pattern: setting.rule, source: setting.source })),
    ...config.waivers.map((waiver) => ({ pattern: waiver.rule, source: waiver.source })),
  ];
}

function checkNames(names: readonly Named[], rules: readonly LoadedRule[]): void {
  const known = rules.map(({ id }) => id);
  const unknown = names.filter(({ pattern }) => !known.some((id) => matchesGlob(pattern, id)));
  throwIfAny(
    unknown.map(({ pattern, source }) => {
      const near = nearest(pattern, known);
      const meant = near === null ? '' : `did you mean ${near}? `;
      return new UserError(`there is no rule ${pattern}`, {
        source,
        hint: `${meant}\`twlint rules list\` lists them`,
      });
    }),
  );
}

/** Of several settings that match, the one that names the rule itself counts, or else the last. */
function withSeverity(rule: LoadedRule, { severities }: Config): LoadedRule {
  const matching = severities.filter((setting) => matchesGlob(setting.rule, rule.id));
  const setting = matching.find((one) => one.rule === rule.id) ?? matching.at(-1);
  return setting === undefined ? rule : { ...rule, severity: setting.severity };
}
