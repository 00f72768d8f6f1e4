import { type Config, NO_CONFIG } from '../../config/config.ts';
import { nearest, throwIfAny, UserError } from '../../errors.ts';
import { type LoadedRule, loadRules } from '../../evaluate/rules/rules.ts';
import type { Intent } from '../../intents/intent.ts';
import { loadIntents } from '../../intents/load-intents.ts';
import type { Severity, Source } from '../../model.ts';
import { matchesGlob } from '../../network/glob.ts';
import type { World } from './world.ts';

interface Selection {
  rules: string[] | undefined;
  intents?: string[] | undefined;
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

/** The rules and intents of a run. */
interface SelectedRules {
  rules: LoadedRule[];
  intents: Intent[];
  /** The ids of the other rules that there are. */
  leftOut: string[];
}

/**
 * Returns the rules and intents that a command's options name, with the severities that the configuration gives them; `tests`: with
 * the tests of the built-in ones.
 */
export function selectRules(
  selection: Selection,
  { cwd }: World,
  config: Config = NO_CONFIG,
  { tests = false }: { tests?: boolean } = {},
): SelectedRules {
  const { rules: paths = [], rule, exclude = [], builtin, 'allow-supersede': allowSupersede } = selection;
  const rules = loadRules(paths, { builtin, tests, allowSupersede, cwd });
  const intents = loadIntents(selection.intents ?? [], cwd);
  const others = otherChecks([...rules, ...intents], selection, config, cwd);
  checkNames(namedBy(selection, config), [...rules, ...intents], others);
  const isWanted = ({ id }: { id: string }) =>
    (rule === undefined || isAmong(id, rule)) && !isAmong(id, exclude);
  const wanted = rules.filter(isWanted);
  const held = intents.filter(isWanted);
  if (wanted.length + held.length === 0)
    throw new UserError('no rules to try', {
      hint: 'leave out --no-builtin or --exclude, or name rules with -r',
    });
  const tried = new Set([...wanted, ...held].map(({ id }) => id));
  return {
    rules: wanted.map((one) => withSeverity(one, config)),
    intents: held.map((one) => withSeverity(one, config)),
    leftOut: [...[...rules, ...intents].map(({ id }) => id), ...others].filter((id) => !tried.has(id)),
  };
}

/** Returns the ids of rules and intents that a configuration may name although the command line loads others. */
function otherChecks(
  loaded: readonly { id: string }[],
  { rules = [], intents = [], builtin }: Selection,
  config: Config,
  cwd: string,
): string[] {
  const folders = configuredPaths(config, 'rules').filter((path) => !rules.includes(path));
  const files = configuredPaths(config, 'intents').filter((path) => !intents.includes(path));
  const isAll = builtin && folders.length === 0;
  const all = isAll ? [] : loadRules(folders, { builtin: true, tests: false, allowSupersede: true, cwd });
  const known = new Set(loaded.map(({ id }) => id));
  return [...all, ...loadIntents(files, cwd)].map(({ id }) => id).filter((id) => !known.has(id));
}

function configuredPaths({ options }: Config, name: string): string[] {
  const value = options.find(({ option }) => option === name)?.value;
  return Array.isArray(value) ? value : [];
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

/** What the command line names has to be among its rules; what the configuration names, among all that there are. */
function checkNames(
  names: readonly Named[],
  checks: readonly { id: string }[],
  others: readonly string[],
): void {
  const known = checks.map(({ id }) => id);
  const unknown = names.filter(
    ({ pattern, source }) =>
      ![...known, ...(source === null ? [] : others)].some((id) => matchesGlob(pattern, id)),
  );
  throwIfAny(
    unknown.map(({ pattern, source }) => {
      const near = nearest(pattern, known);
      const isList = source === null && pattern.includes(',');
      const meant = isList
        ? 'name one each time: the option repeats. '
        : near === null
          ? ''
          : `did you mean ${near}? `;
      return new UserError(`there is no rule ${pattern}`, {
        source,
        hint: `${meant}\`twlint rules list\` lists them`,
      });
    }),
  );
}

/** Of several settings that match, the one that names the rule itself counts, or else the last. */
function withSeverity<T extends { id: string; severity: Severity }>(rule: T, { severities }: Config): T {
  const matching = severities.filter((setting) => matchesGlob(setting.rule, rule.id));
  const setting = matching.find((one) => one.rule === rule.id) ?? matching.at(-1);
  return setting === undefined ? rule : { ...rule, severity: setting.severity };
}
