import { planFor } from '../collect/plan.ts';
import { readSnapshot } from '../collect/snapshot.ts';
import { collectors } from '../collectors/index.ts';
import { UserError } from '../errors.ts';
import { evaluate } from '../evaluate/report.ts';
import { neededFacts } from '../evaluate/rules.ts';
import { defects } from '../formats/arrange.ts';
import { formats } from '../formats/index.ts';
import type { Report, Severity } from '../model.ts';
import { collectFrom, scriptToRead, targetsOf } from './collecting.ts';
import { defineCommand } from './command.ts';
import { connectionOptions, inventoryOptions, ruleOptions } from './options.ts';
import { parseOutputs, writeOutputs } from './outputs.ts';
import { selectedRules } from './selecting.ts';
import { tool } from './tool.ts';
import { exit } from './world.ts';

const FAIL_ON = ['error', 'warning', 'note', 'never'] as const;

export default defineCommand({
  name: 'audit',
  describe: 'Ask the hosts of an inventory, try the rules on what they say, report',
  options: {
    ...inventoryOptions,
    from: {
      type: 'string',
      requiresArg: true,
      describe: 'Evaluate a snapshot instead of asking hosts',
      group: 'Hosts:',
    },
    ...ruleOptions,
    format: {
      type: 'string',
      default: 'text',
      requiresArg: true,
      describe: `Format on standard output: ${Object.keys(formats).join(', ')}`,
      group: 'Report:',
    },
    output: {
      alias: 'o',
      type: 'string',
      array: true,
      requiresArg: true,
      describe: 'FORMAT:PATH, as sarif:out.sarif; - is standard output; repeats',
      group: 'Report:',
    },
    'fail-on': {
      choices: FAIL_ON,
      default: 'error' as const,
      requiresArg: true,
      describe: 'The mildest finding that makes the exit status 1',
      group: 'Report:',
    },
    'allow-incomplete': {
      type: 'boolean',
      default: false,
      describe: 'Exit with 0, not 3, when something could not be looked at',
      group: 'Report:',
    },
    all: {
      type: 'boolean',
      default: false,
      describe: 'Also what passed and what could not be told',
      group: 'Report:',
    },
    category: {
      type: 'string',
      requiresArg: true,
      describe: "Code scanning's category of this report",
      group: 'Report:',
    },
    ...connectionOptions,
  },
  examples: [
    ['twlint audit -i hosts.yaml', 'What is wrong in this fleet?'],
    ['twlint audit -i hosts.yaml --interval 10s', 'What is going wrong right now?'],
    ['twlint audit -i hosts.yaml -o text -o sarif:out.sarif', 'Two reports of one run'],
    ['twlint audit --from DIR', 'Once more, without the hosts'],
  ],
  async run(args, world) {
    const outputs = parseOutputs(args.format, args.output ?? []);
    const rules = selectedRules(args, world);
    const plan = planFor(neededFacts(rules), collectors, args.netns);
    if (args['print-script']) {
      world.out.write(scriptToRead(plan));
      return exit.clean;
    }
    if (args.from !== undefined && args.inventory !== undefined)
      throw new UserError('--from and -i: a snapshot or hosts, not both');
    const snapshot =
      args.from === undefined
        ? await collectFrom(await targetsOf(args, world), plan, args, world)
        : readSnapshot(args.from);
    const report = evaluate(snapshot, rules, collectors, tool());
    writeOutputs(
      report,
      outputs,
      { all: args.all, category: args.category ?? null, width: world.out.columns ?? 100 },
      world,
    );
    return exitStatus(report, args['fail-on'], args['allow-incomplete']);
  },
});

/** An audit that could not look must never look like a clean audit. */
function exitStatus(report: Report, failOn: (typeof FAIL_ON)[number], allowIncomplete: boolean): number {
  if (report.interrupted) return exit.interrupted;
  const counted: readonly Severity[] =
    failOn === 'never' ? [] : (FAIL_ON.slice(0, FAIL_ON.indexOf(failOn) + 1) as Severity[]);
  if (defects(report).some(({ severity }) => counted.includes(severity))) return exit.findings;
  const incomplete = report.gaps.length > 0 || report.findings.some(({ verdict }) => verdict === 'unknown');
  return incomplete && !allowIncomplete ? exit.incomplete : exit.clean;
}
