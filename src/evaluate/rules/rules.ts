import { join, resolve } from 'node:path';
import { collectors as builtinCollectors } from '../../collectors/index.ts';
import type { Collector } from '../../define.ts';
import { throwIfAny, UserError, UserErrors } from '../../errors.ts';
import { PACKAGE_ROOT } from '../../package-root.ts';
import { readFound, Unread } from '../../read.ts';
import type { Read } from '../expression/reads.ts';
import { buildVocabulary, type Vocabulary } from '../expression/vocabulary.ts';
import { collectedFor } from '../facts/needs.ts';
import { prepare, rulesOf } from './prepare.ts';
import { type PreparedRules, preparedRules } from './prepared.ts';
import { type RuleFile, ruleFiles } from './rule-files.ts';
import { type LoadedRule, type RuleLocation, readRule } from './rule-reader.ts';

export type { LoadedRule } from './rule-reader.ts';

interface Options {
  /** True to load the rules that come with twlint, too. */
  builtin: boolean;
  /** False to leave out the tests of the built-in rules: they were tried when twlint was made. Default true. */
  tests?: boolean;
  /** True when rules from elsewhere may supersede the built-in ones. */
  allowSupersede?: boolean;
  /** The folder that relative paths are relative to, and that messages show them from. */
  cwd: string;
  collectors?: ReadonlyMap<string, Collector>;
}

const BUILTIN_RULES = join(PACKAGE_ROOT, 'rules');

/** The rules of some files, with the mistakes in them. */
interface ReadRules {
  files: readonly RuleFile[];
  rules: readonly LoadedRule[];
  errors: readonly UserError[];
}

const NO_RULES: ReadRules = { files: [], rules: [], errors: [] };

/** The built-in rules with their tests, and without, by vocabulary: they are a part of the program, and read once. */
const read = { tested: new WeakMap<Vocabulary, ReadRules>(), untested: new WeakMap<Vocabulary, ReadRules>() };

function builtinRules(vocabulary: Vocabulary, tests: boolean): ReadRules {
  const known = tests ? read.tested : read.untested;
  const before = known.get(vocabulary);
  if (before !== undefined) return before;
  const prepared = tests || vocabulary.collectors !== builtinCollectors ? null : preparedRules();
  const found = prepared === null ? filedRules(vocabulary, tests) : rulesFrom(prepared, vocabulary);
  known.set(vocabulary, found);
  return found;
}

function filedRules(vocabulary: Vocabulary, tests: boolean): ReadRules {
  const errors: UserError[] = [];
  const files = ruleFiles(BUILTIN_RULES, PACKAGE_ROOT, errors);
  const rules = files.flatMap((file) => loadRule(file, vocabulary, NONE, errors, tests));
  return { files, rules, errors };
}

function rulesFrom(prepared: PreparedRules, vocabulary: Vocabulary): ReadRules {
  const files = prepared.rules.map(({ name }) => builtinFile(name));
  return { files, rules: rulesOf(prepared, vocabulary, (name) => locationOf(builtinFile(name))), errors: [] };
}

const builtinFile = (name: string): RuleFile => ({
  path: join(BUILTIN_RULES, `${name}.yaml`),
  shown: `rules/${name}.yaml`,
  name,
  root: BUILTIN_RULES,
});

/** Returns the built-in rules as the program is to have them. Throws UserErrors. */
export function prepareBuiltins(): PreparedRules {
  const errors: UserError[] = [];
  const files = ruleFiles(BUILTIN_RULES, PACKAGE_ROOT, errors);
  throwIfAny(errors);
  const texts = files.map((file) => ({
    text: readFound(file.path, file.root, LARGEST),
    location: locationOf(file),
  }));
  return prepare(texts, buildVocabulary(builtinCollectors));
}

/** Returns the rule with its tests, which built-in ones are loaded without. Throws UserErrors: the mistakes in them. */
export function withTests(rule: LoadedRule): LoadedRule {
  if (rule.tests.length > 0) return rule;
  const errors: UserError[] = [];
  const [whole] = loadRule(builtinFile(rule.name), buildVocabulary(builtinCollectors), NONE, errors);
  throwIfAny(errors);
  return { ...rule, tests: whole?.tests ?? [] };
}

/** Loads rule files and folders of them, sorted by id. Throws UserErrors: the mistakes of all files together. */
export function loadRules(
  paths: readonly string[],
  { builtin, cwd, tests = true, allowSupersede = false, collectors = builtinCollectors }: Options,
): LoadedRule[] {
  const errors: UserError[] = [];
  const vocabulary = buildVocabulary(collectors);
  const builtins = builtin ? builtinRules(vocabulary, tests) : NO_RULES;
  errors.push(...builtins.errors);
  const found = [...builtins.files, ...paths.flatMap((path) => ruleFiles(resolve(cwd, path), cwd, errors))];
  const files = found.filter(({ path }, i) => found.findIndex((other) => other.path === path) === i);
  const guarded = new Set(allowSupersede ? [] : builtins.rules.map(({ id }) => id));
  const others = files
    .slice(builtins.files.length)
    .flatMap((file) => loadRule(file, vocabulary, guarded, errors));
  const rules = [...builtins.rules, ...others];
  throwIfAny([...errors, ...repeatedIds(rules), ...findCycles(rules)].sort(compareSources));
  return rules.sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** Returns the facts that rules read: those that a host has to be asked for. */
export const neededFacts = (rules: readonly LoadedRule[]): Set<string> =>
  collectedFor([...readsOfRules(rules), ...readsOfFixes(rules)]);

/** Returns what decides about the fixes of rules: where it is missing, a finding stands all the same. */
export function readsOfFixes(rules: readonly LoadedRule[]): Read[] {
  return rules.flatMap(({ noteWhen, fix, fixConditions: { interfaces, only } }) => [
    ...(noteWhen?.reads ?? []),
    ...(fix.modules === undefined ? [] : [{ fact: 'modules', keys: ['builtin'], whole: true }]),
    ...[...interfaces.map(({ on }) => on), ...only.values()].flatMap(({ reads }) => reads),
  ]);
}

/** Returns all that rules read, derived facts among it. */
export function readsOfRules(rules: readonly LoadedRule[]): Read[] {
  return rules.flatMap(({ when, assert, noteWhen, message }) => [
    ...(when?.reads ?? []),
    ...assert.reads,
    ...(noteWhen?.reads ?? []),
    ...message.reads,
  ]);
}

/** Tells whether a rule about hosts looks at other hosts, too. */
export const readsOtherHosts = (rule: LoadedRule): boolean =>
  rule.scope === 'host' && readsOfRules([rule]).some(({ fact }) => fact === 'vrrp');

const NONE: ReadonlySet<string> = new Set();

const GUARDED =
  'a rule of somebody else can hide what a built-in one finds only where the command line says --allow-supersede';

/** Bytes of a rule's file: the longest has a hundredth. */
const LARGEST = 2 ** 20;

/** The folder beside a rule, of its name, holds the evidence of its tests. */
const locationOf = ({ path, shown, name, root }: RuleFile): RuleLocation => ({
  file: shown,
  name,
  folder: path.replace(/\.ya?ml$/, ''),
  root,
});

function loadRule(
  file: RuleFile,
  vocabulary: Vocabulary,
  guarded: ReadonlySet<string>,
  errors: UserError[],
  tests = true,
): LoadedRule[] {
  try {
    const text = readFound(file.path, file.root, LARGEST);
    const { rule, document } = readRule(text, locationOf(file), vocabulary, { tests });
    for (const [i, id] of (rule?.supersedes ?? []).entries())
      if (guarded.has(id)) document.fail(['supersedes', i], `${id} is a built-in rule`, GUARDED);
    errors.push(...document.errors);
    return rule === null ? [] : [rule];
  } catch (error) {
    if (error instanceof Unread)
      errors.push(new UserError(`${file.shown}: ${error.message}`, { hint: error.hint, cause: error }));
    else if (error instanceof UserErrors) errors.push(...error.errors);
    else throw error;
    return [];
  }
}

function compareSources({ source: a }: UserError, { source: b }: UserError): number {
  if (a === null || b === null) return Number(a !== null) - Number(b !== null);
  return (a.file < b.file ? -1 : Number(a.file > b.file)) || a.line - b.line || a.column - b.column;
}

function repeatedIds(rules: readonly LoadedRule[]): UserError[] {
  const first = new Map<string, LoadedRule>();
  const errors: UserError[] = [];
  for (const rule of rules) {
    const other = first.get(rule.id);
    first.set(rule.id, other ?? rule);
    if (other === undefined) continue;
    const { file, line, column } = other.source;
    const message = `${rule.id} is the id of ${file}:${line}:${column}, too`;
    errors.push(new UserError(message, { source: rule.source, hint: 'an id stands for one rule, for good' }));
  }
  return errors;
}

/**
 * Finds rules that supersede each other in a circle: two findings that explain each other would both not be reported.
 */
function findCycles(rules: readonly LoadedRule[]): UserError[] {
  const superseded = new Map(rules.map(({ id, supersedes = [] }) => [id, supersedes]));
  const reaches = (from: string, to: string, seen: Set<string>): boolean =>
    (superseded.get(from) ?? []).some((id) => {
      if (id === to) return true;
      if (seen.has(id)) return false;
      return reaches(id, to, seen.add(id));
    });
  return rules
    .filter(({ id }) => reaches(id, id, new Set()))
    .map(
      ({ id, source }) =>
        new UserError(`${id} supersedes itself, or what supersedes it`, {
          source,
          hint: 'of two findings that explain each other, neither would be told',
        }),
    );
}
