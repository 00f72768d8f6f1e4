import { readSnapshot } from '../collect/snapshot.ts';
import { UserError } from '../errors.ts';
import { runRuleTests } from '../evaluate/rules/rule-tests.ts';
import type { LoadedRule } from '../evaluate/rules/rules.ts';
import { loadRules } from '../evaluate/rules/rules.ts';
import { escapedJson } from '../formats/json-text.ts';
import { ruleIndex } from '../formats/rule-pages.ts';
import { page } from '../formats/text/page.ts';
import { rulesTable } from '../formats/text/rule.ts';
import { testedRules } from '../formats/text/rule-tests.ts';
import type { RuleInfo } from '../model.ts';
import { defineCommand } from './lib/command.ts';
import { configOptions, ruleOptions } from './lib/options.ts';
import { newRule } from './lib/rule-skeleton.ts';
import { selectRules } from './lib/selecting.ts';
import { exit, type World } from './lib/world.ts';

export default defineCommand({
  positionals: {
    action: { describe: 'What to do', choices: ['list', 'test', 'new'] },
    file: { describe: 'With new: where it will stand, as my-rules/forwarding-off.yaml', type: 'string' },
  },
  options: {
    ...ruleOptions,
    ...configOptions,
    format: {
      choices: ['table', 'json', 'markdown'] as const,
      default: 'table' as const,
      describe: 'How list shows them',
    },
    quiet: { alias: 'q', type: 'boolean', default: false, describe: 'Of tests, only those that fail' },
  },
  examples: [
    ['twlint rules list', 'What is looked for'],
    ['twlint rules new my-rules/forwarding-off.yaml', 'A file to fill in'],
    ['twlint rules test -r my-rules', 'Do my own rules do what they say?'],
  ],
  async run(args, world, config) {
    const file = args.file === undefined ? undefined : String(args.file);
    if (args.action === 'new') return newRule(file, world);
    if (file !== undefined)
      throw new UserError(`rules ${args.action} ${file}: what is ${file}?`, {
        hint: `name rules with -r ${file}`,
      });
    const { rules: all } = selectRules(args, world, config, { tests: args.action === 'test' });
    // whoever tests rules of their own has the built-in ones tested here
    const isOwn = args.action === 'test' && (args.rules ?? []).length > 0;
    const builtins = isOwn
      ? new Set(loadRules([], { builtin: true, tests: false, cwd: world.cwd }).map(({ id }) => id))
      : null;
    const rules = all.filter(({ id }) => builtins?.has(id) !== true);
    return args.action === 'list' ? list(rules, args.format, world) : test(rules, args.quiet, world);
  },
});

function list(rules: LoadedRule[], format: 'table' | 'json' | 'markdown', { out }: World): number {
  const infos = rules.map(infoOf);
  if (format === 'json') out.write(`${escapedJson(JSON.stringify(infos, null, 2))}\n`);
  else if (format === 'markdown') out.write(ruleIndex(infos));
  else out.write(rulesTable(infos, page({ color: out.color, all: false, width: out.columns ?? 100 })));
  return exit.clean;
}

/** Returns the rule without its expressions and tests, which only a program can use. */
function infoOf({
  when: _when,
  assert: _assert,
  message: _message,
  tests: _tests,
  ...info
}: LoadedRule): RuleInfo {
  return info;
}

function test(rules: LoadedRule[], quiet: boolean, { out }: World): number {
  if (rules.length === 0)
    throw new UserError('no rules to test', { hint: 'those of -r are none that --rule names' });
  const on = page({ color: out.color, all: !quiet, width: out.columns ?? 100 });
  const results = rules.map((rule) => ({ rule, cases: runRuleTests(rule, readSnapshot) }));
  out.write(testedRules(results, 'rule', on));
  return results.some(({ cases }) => cases.some(({ ok }) => !ok)) ? exit.findings : exit.clean;
}
