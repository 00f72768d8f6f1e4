import { UserError } from '../errors.ts';
import type { RuleTest } from '../evaluate/rules/rule-tests-reader.ts';
import { type LoadedRule, withTests } from '../evaluate/rules/rules.ts';
import { jsonText } from '../formats/json-text.ts';
import { page } from '../formats/text/page.ts';
import { type RuleConditions, ruleText } from '../formats/text/rule.ts';
import type { Intent } from '../intents/intent.ts';
import { intentInfo } from '../intents/intent-findings.ts';
import type { RuleInfo } from '../model.ts';
import { defineCommand } from './lib/command.ts';
import { configOptions, intentOptions, ruleOptions } from './lib/options.ts';
import { selectRules } from './lib/selecting.ts';
import { exit } from './lib/world.ts';

const { rule: _, exclude: __, ...selecting } = ruleOptions;

export default defineCommand({
  positionals: { rule: { describe: 'Its id, as TW001', type: 'string' } },
  options: {
    ...selecting,
    ...intentOptions,
    format: {
      choices: ['text', 'json'] as const,
      default: 'text' as const,
      requiresArg: true,
      describe: 'For people, or for programs',
    },
    ...configOptions,
  },
  examples: [['twlint explain TW001', 'What does that finding mean?']],
  async run(args, world, config) {
    const named = String(args.rule);
    const id = named.includes('/') ? named : named.toUpperCase();
    const { rules, intents } = selectRules({ ...args, rule: [id], exclude: undefined }, world, config);
    const [rule] = rules;
    const [intent] = intents;
    const explained = rule ? explanationOf(rule) : intent && explanationOfIntent(intent);
    if (explained === undefined) throw new UserError(`there is no rule ${id}`);
    const { info, conditions } = explained;
    if (args.format === 'json') {
      world.out.write(jsonText({ ...info, ...conditions }));
      return exit.clean;
    }
    const { columns, color } = world.out;
    world.out.write(ruleText(info, conditions, page({ color, all: false, width: columns ?? 100 })));
    return exit.clean;
  },
});

function explanationOf(rule: LoadedRule): { info: RuleInfo; conditions: RuleConditions } {
  const { when, assert, noteWhen, message: _message, tests, ...info } = withTests(rule);
  const conditions = {
    when: when?.text ?? null,
    assert: assert.text,
    noteWhen: noteWhen?.text ?? null,
    tests: tests.map(described),
  };
  return { info, conditions };
}

const explanationOfIntent = (intent: Intent): { info: RuleInfo; conditions: RuleConditions } => ({
  info: intentInfo(intent),
  conditions: { when: null, assert: intent.text, noteWhen: null, tests: [] },
});

function described(test: RuleTest): { expected: string; name: string } {
  const expected = test.kind === 'given' ? test.verdict : Object.keys(test.subjects).join(', ');
  return { expected, name: test.name };
}
