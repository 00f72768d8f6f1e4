/** Makes of the built-in rules what the program has of them, and rules of that. */
import { throwIfAny, type UserError } from '../../errors.ts';
import type { Scope } from '../../model.ts';
import { parseYaml } from '../../yaml.ts';
import type { Language } from '../expression/expression.ts';
import { type ExpressionHead, knowing, noting } from '../expression/known-expressions.ts';
import type { Vocabulary } from '../expression/vocabulary.ts';
import type { PreparedRules } from './prepared.ts';
import { type LoadedRule, type RuleLocation, readPrepared, readRule, withoutTests } from './rule-reader.ts';

/** Reads rules. Throws UserErrors for the mistakes in them. */
export function prepare(
  rules: readonly { text: string; location: RuleLocation }[],
  vocabulary: Vocabulary,
): PreparedRules {
  const expressions: Record<Scope, ExpressionHead[]> = { host: [], netns: [], path: [] };
  const noted = withLanguages(vocabulary, (language, scope) => noting(language, expressions[scope]));
  const errors: UserError[] = [];
  const prepared = rules.map(({ text, location }) => {
    const { document, rule } = readRule(text, location, noted, { tests: false });
    errors.push(...document.errors);
    const { line = 1, column = 1 } = rule?.source ?? {};
    return { name: location.name, value: parseYaml(withoutTests(text), location.file).value, line, column };
  });
  throwIfAny(errors);
  return { rules: prepared, expressions };
}

/** Makes the same rules of it, which compile what stands in them when they are tried. */
export function rulesOf(
  { rules, expressions }: PreparedRules,
  vocabulary: Vocabulary,
  locationOf: (name: string) => RuleLocation,
): LoadedRule[] {
  const known = withLanguages(vocabulary, (language, scope) => knowing(language, expressions[scope]));
  return rules.map((rule) => readPrepared(rule, locationOf(rule.name), known));
}

function withLanguages(
  vocabulary: Vocabulary,
  change: (language: Language, scope: Scope) => Language,
): Vocabulary {
  const { host, netns, path } = vocabulary.languages;
  const languages = { host: change(host, 'host'), netns: change(netns, 'netns'), path: change(path, 'path') };
  return { ...vocabulary, languages };
}
