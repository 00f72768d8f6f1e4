import { readSnapshot } from '../collect/snapshot.ts';
import { runRuleTests } from '../evaluate/rule-tests.ts';
import type { Rule } from '../evaluate/rules.ts';
import { defineCommand } from './command.ts';
import { ruleOptions } from './options.ts';
import { selectedRules } from './selecting.ts';
import { exit, type World } from './world.ts';

export default defineCommand({
  name: 'rules <action>',
  describe: 'List the rules, or run the tests inside them',
  positionals: { action: { describe: 'What to do', choices: ['list', 'test'] } },
  options: ruleOptions,
  examples: [
    ['twlint rules list', 'What is looked for'],
    ['twlint rules test -r ./rules', 'Do my own rules do what they say?'],
  ],
  async run(args, world) {
    const rules = selectedRules(args, world);
    return args.action === 'list' ? list(rules, world) : test(rules, world);
  },
});

function list(rules: Rule[], { out }: World): number {
  for (const { id, severity, name, title } of rules)
    out.write(`${id}  ${severity.padEnd(7)}  ${name}\n       ${title}\n`);
  return exit.clean;
}

function test(rules: Rule[], { out }: World): number {
  const results = rules.flatMap((rule) => runRuleTests(rule, readSnapshot));
  for (const { rule, name, ok, detail } of results)
    out.write(`${ok ? 'ok  ' : 'FAIL'}  ${rule}  ${name}${ok ? '' : `: ${detail}`}\n`);
  const failed = results.filter(({ ok }) => !ok).length;
  out.write(`${results.length - failed} passed, ${failed} failed\n`);
  return failed > 0 ? exit.findings : exit.clean;
}
