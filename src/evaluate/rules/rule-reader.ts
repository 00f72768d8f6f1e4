import type { Fix, RuleInfo } from '../../model.ts';
import type { Expression } from '../expression/expression.ts';
import type { Message } from '../expression/message.ts';
import type { Vocabulary } from '../expression/vocabulary.ts';
import { openRuleDocument, type RuleDocument, type Section, sectionAt } from './rule-document.ts';
import { readCondition, readMessage } from './rule-expressions.ts';
import {
  FIX_KEYS,
  REFERENCE,
  RULE_ID,
  RULE_KEYS,
  SCOPES,
  SETTING_KEY,
  SETTING_VALUE,
  SEVERITIES,
} from './rule-shape.ts';
import { type EvidenceLocation, type RuleTest, readTests } from './rule-tests-reader.ts';

/** A rule, ready to be tried. */
export interface LoadedRule extends RuleInfo {
  /** The condition under which the rule applies at all; null: always. */
  when: Expression | null;
  /** The condition that must hold. */
  assert: Expression;
  /** The condition under which a failure is only a note; null: never. */
  noteWhen: Expression | null;
  message: Message;
  tests: RuleTest[];
}

/** The location of a rule's file. */
export interface RuleLocation extends EvidenceLocation {
  /** The path that a reader finds it by. */
  file: string;
  name: string;
}

/**
 * Reads one rule. Where it has mistakes, the rule is null and the document holds them all.
 */
export function readRule(
  text: string,
  location: RuleLocation,
  vocabulary: Vocabulary,
): { rule: LoadedRule | null; document: RuleDocument } {
  const document = openRuleDocument(text, location.file);
  const top = sectionAt(document, [], document.yaml.value, RULE_KEYS);
  const rule = top === null ? null : ruleFrom(top, location, document, vocabulary);
  return { rule: document.errors.length > 0 ? null : rule, document };
}

function ruleFrom(
  top: Section,
  { name, ...evidence }: RuleLocation,
  document: RuleDocument,
  vocabulary: Vocabulary,
): LoadedRule | null {
  const info = infoFrom(top, name, document);
  const scope = info.scope ?? 'netns';
  const language = vocabulary.languages[scope];
  const when = readCondition('when', top, document, language);
  const assert = readCondition('assert', top, document, language);
  const noteWhen = readCondition('noteWhen', top, document, language);
  const message = readMessage(top, document, language);
  const tests = readTests(top, evidence, vocabulary.facts[scope], document);
  // what is missing here was reported: the rule of a document with mistakes is not used
  if (assert === null || message === null) return null;
  return { ...(info as RuleInfo), when, assert, noteWhen, message, tests };
}

function infoFrom(
  top: Section,
  name: string,
  document: RuleDocument,
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
    fix: fixFrom(top, document),
    references,
    ...(supersedes === null ? {} : { supersedes }),
    ...(yields === null ? {} : { yields }),
    ...(kernels === null ? {} : { kernels }),
    ...(falsePositives === null ? {} : { falsePositives }),
    source: document.yaml.at(['id']),
  };
}

function fixFrom(top: Section, document: RuleDocument): Fix | null {
  const fix = top.section('fix', FIX_KEYS);
  if (fix === null) return null;
  const [text, risk] = [fix.text('text'), fix.text('risk')];
  const [removes, commands] = [fix.texts('removes'), fix.texts('commands')];
  const sysctl = settingsFrom(fix, 'sysctl', document);
  const atLeast = settingsFrom(fix, 'atLeast', document);
  return {
    text: text ?? '',
    ...(sysctl === null ? {} : { sysctl }),
    ...(atLeast === null ? {} : { atLeast: atLeast as Record<string, number> }),
    ...(removes === null ? {} : { removes }),
    ...(commands === null ? {} : { commands }),
    ...(risk === null ? {} : { risk }),
  };
}

type Settings = NonNullable<Fix['sysctl']>;

const SETTINGS = {
  sysctl: ['a number or text', ['number', 'string']],
  atLeast: ['a number', ['number']],
} as const;

function settingsFrom(fix: Section, name: keyof typeof SETTINGS, document: RuleDocument): Settings | null {
  const settings = fix.section(name, { required: [], optional: Object.keys(fix.value[name] ?? {}) });
  if (settings === null) return null;
  const [kind, types] = SETTINGS[name];
  for (const [key, value] of Object.entries(settings.value)) {
    const fail = (message: string) => document.fail(['fix', name, key], message);
    if (!SETTING_KEY.test(key)) fail(`${JSON.stringify(key)} is no name of a setting`);
    if (!types.some((type) => typeof value === type)) fail(`${key} should be ${kind}`);
    else if (!SETTING_VALUE.test(String(value)))
      fail(`the value of ${key} should be plain words and numbers`);
  }
  return settings.value as Settings;
}
