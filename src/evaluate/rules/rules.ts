import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { collectors as builtinCollectors } from '../../collectors/index.ts';
import type { Collector } from '../../define.ts';
import { throwIfAny, UserError, UserErrors } from '../../errors.ts';
import type { Read } from '../expression/reads.ts';
import { type Vocabulary, vocabularyOf } from '../expression/vocabulary.ts';
import { collectedFor } from '../facts/needs.ts';
import { type RuleFile, ruleFiles } from './rule-files.ts';
import { type Rule, readRule } from './rule-reader.ts';

export type { Rule } from './rule-reader.ts';

interface Options {
  /** Also the rules that come with twlint. */
  builtin: boolean;
  /** What relative paths are relative to, and what messages show them from. */
  cwd: string;
  collectors?: ReadonlyMap<string, Collector>;
}

const BUILTIN_RULES = resolve(import.meta.dirname, '../../../rules');

/** Loads rule files and folders of them, sorted by id. Throws UserErrors: the mistakes of all files together. */
export function loadRules(
  paths: readonly string[],
  { builtin, cwd, collectors = builtinCollectors }: Options,
): Rule[] {
  const errors: UserError[] = [];
  const found = [
    ...(builtin ? ruleFiles(BUILTIN_RULES, dirname(BUILTIN_RULES), errors) : []),
    ...paths.flatMap((path) => ruleFiles(resolve(cwd, path), cwd, errors)),
  ];
  const files = found.filter(({ path }, i) => found.findIndex((other) => other.path === path) === i);
  const vocabulary = vocabularyOf(collectors);
  const rules = files.flatMap((file) => loadRule(file, vocabulary, errors));
  throwIfAny([...errors, ...repeatedIds(rules)].sort(byPlace));
  return rules.sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** The facts that rules read: what a host has to be asked for. */
export const neededFacts = (rules: readonly Rule[]): Set<string> => collectedFor(readsOfRules(rules));

/** All that rules read, derived facts among it. */
export function readsOfRules(rules: readonly Rule[]): Read[] {
  return rules.flatMap(({ when, assert, message }) => [
    ...(when?.reads ?? []),
    ...assert.reads,
    ...message.reads,
  ]);
}

function loadRule({ path, shown, name }: RuleFile, vocabulary: Vocabulary, errors: UserError[]): Rule[] {
  try {
    const place = { file: shown, name, folder: path.replace(/\.ya?ml$/, '') };
    const { rule, document } = readRule(readFileSync(path, 'utf8'), place, vocabulary);
    errors.push(...document.errors);
    return rule === null ? [] : [rule];
  } catch (error) {
    if (!(error instanceof UserErrors)) throw error;
    errors.push(...error.errors);
    return [];
  }
}

function byPlace({ source: a }: UserError, { source: b }: UserError): number {
  if (a === null || b === null) return Number(a !== null) - Number(b !== null);
  return (a.file < b.file ? -1 : Number(a.file > b.file)) || a.line - b.line || a.column - b.column;
}

function repeatedIds(rules: readonly Rule[]): UserError[] {
  const first = new Map<string, Rule>();
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
