import { throwIfAny, UserError } from '../../errors.ts';
import type { RuleInfo } from '../../model.ts';
import {
  type Keys,
  openYamlDocument,
  type Section,
  sectionAt,
  type YamlDocument,
} from '../../yaml-document.ts';
import type { Expression } from '../expression/expression.ts';
import type { Message } from '../expression/message.ts';
import type { Vocabulary } from '../expression/vocabulary.ts';
import type { EvidenceLocation } from '../recorded-evidence.ts';
import { type FixConditions, readFix } from './fix-reader.ts';
import type { PreparedRule } from './prepared.ts';
import { readCondition, readMessage } from './rule-expressions.ts';
import { REFERENCE, RULE_ID, RULE_KEYS, SCOPES, SEVERITIES, UNTESTED_KEYS } from './rule-shape.ts';
import { type RuleTest, readTests } from './rule-tests-reader.ts';

/** A rule, ready to be tried. */
export interface LoadedRule extends RuleInfo {
  /** The condition under which the rule applies at all; null: always. */
  when: Expression | null;
  /** The condition that must hold. */
  assert: Expression;
  /** The condition under which a failure is only a note; null: never. */
  noteWhen: Expression | null;
  message: Message;
  fixConditions: FixConditions;
  tests: RuleTest[];
}

/** The location of a rule's file. */
export interface RuleLocation extends EvidenceLocation {
  /** The path that a reader finds it by. */
  file: string;
  name: string;
}

/**
 * Reads one rule, without its tests where they are not asked for: they are half of its text, and its last key. Where it
 * has mistakes, the rule is null and the document holds them all.
 */
export function readRule(
  text: string,
  location: RuleLocation,
  vocabulary: Vocabulary,
  { tests = true }: { tests?: boolean } = {},
): { rule: LoadedRule | null; document: YamlDocument } {
  const document = openYamlDocument(tests ? text : withoutTests(text), location.file, 'the rule');
  const rule = ruleOf(document, location, vocabulary, tests ? RULE_KEYS : UNTESTED_KEYS);
  return { rule, document };
}

/** Cuts a rule's text where its tests begin. */
export const withoutTests = (text: string): string => text.replace(/^tests:[\s\S]*/m, '');

/** Reads a rule that was read before, as plain data; what is wrong in it would stand at its id. */
export function readPrepared(
  { value, name, line, column }: PreparedRule,
  location: RuleLocation,
  vocabulary: Vocabulary,
): LoadedRule {
  const source = { file: location.file, line, column };
  const errors: UserError[] = [];
  const fail = (message: string) => void errors.push(new UserError(message, { source }));
  const document: YamlDocument = {
    file: location.file,
    name: 'the rule',
    yaml: { value, at: () => source },
    errors,
    fail: (_path, message) => fail(message),
    failWithin: (_path, _text, _at, message) => fail(message),
  };
  const rule = ruleOf(document, { ...location, name }, vocabulary, UNTESTED_KEYS);
  throwIfAny(errors);
  // biome-ignore lint/style/noNonNullAssertion: a rule without mistakes is one
  return rule!;
}

function ruleOf(
  document: YamlDocument,
  location: RuleLocation,
  vocabulary: Vocabulary,
  keys: Keys,
): LoadedRule | null {
  const top = sectionAt(document, [], document.yaml.value, keys);
  const rule = top === null ? null : ruleFrom(top, location, document, vocabulary);
  return document.errors.length > 0 ? null : rule;
}

function ruleFrom(
  top: Section,
  { name, ...evidence }: RuleLocation,
  document: YamlDocument,
  vocabulary: Vocabulary,
): LoadedRule | null {
  const info = infoFrom(top, name, document);
  const scope = info.scope ?? 'netns';
  const language = vocabulary.languages[scope];
  const fix = readFix(top, document, language);
  const when = readCondition('when', top, document, language);
  const assert = readCondition('assert', top, document, language);
  const noteWhen = readCondition('noteWhen', top, document, language);
  const message = readMessage(top, document, language);
  const tests = readTests(top, evidence, vocabulary.facts[scope], document);
  // what is missing here was reported: the rule of a document with mistakes is not used
  if (assert === null || message === null || fix === null) return null;
  return {
    ...(info as RuleInfo),
    fix: fix.fix,
    when,
    assert,
    noteWhen,
    message,
    fixConditions: fix.conditions,
    tests,
  };
}

function infoFrom(
  top: Section,
  name: string,
  document: YamlDocument,
): { [K in keyof RuleInfo]: RuleInfo[K] | null } {
  const id = top.oneLine('id');
  if (id !== null && !RULE_ID.test(id))
    document.fail(['id'], `"${id}" is no rule id`, 'two to four capitals and three digits, as in TW002');
  const references = top.texts('references');
  for (const [i, reference] of (references ?? []).entries())
    if (!REFERENCE.test(reference)) document.fail(['references', i], 'a reference should be a web address');
  const supersedes = top.value.supersedes === undefined ? null : top.texts('supersedes');
  const yields = top.value.yields === undefined ? null : top.texts('yields');
  const [kernels, falsePositives] = [top.oneLine('kernels'), top.text('falsePositives')];
  return {
    id,
    name,
    title: top.oneLine('title'),
    severity: top.choice('severity', SEVERITIES),
    scope: top.choice('scope', SCOPES),
    why: top.text('why'),
    // read with the expressions: they decide about parts of it
    fix: null,
    references,
    ...(supersedes === null ? {} : { supersedes }),
    ...(yields === null ? {} : { yields }),
    ...(kernels === null ? {} : { kernels }),
    ...(falsePositives === null ? {} : { falsePositives }),
    source: document.yaml.at(['id']),
  };
}
