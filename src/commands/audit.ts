import { planFor } from '../collect/plan.ts';
import { collectors } from '../collectors/index.ts';
import { beginEvaluation } from '../evaluate/report.ts';
import { neededFacts } from '../evaluate/rules/rules.ts';
import { formats } from '../formats/index.ts';
import { scriptToRead } from './lib/collecting.ts';
import { defineCommand } from './lib/command.ts';
import { connectionOptions } from './lib/connection-options.ts';
import { exitStatus } from './lib/exit-status.ts';
import { gateFor } from './lib/gate.ts';
import { configOptions, gateOptions, ruleOptions, sourceOptions, verdictOptions } from './lib/options.ts';
import { parseOutputs, writeOutputs } from './lib/outputs.ts';
import { selectRules } from './lib/selecting.ts';
import { runOver } from './lib/sources.ts';
import { tool } from './lib/tool.ts';
import { exit } from './lib/world.ts';

export default defineCommand({
  options: {
    ...sourceOptions,
    ...ruleOptions,
    format: {
      type: 'string',
      default: 'text',
      requiresArg: true,
      describe: `On standard output: ${Object.keys(formats).join(', ')}`,
      group: 'Report:',
    },
    output: {
      alias: 'o',
      type: 'string',
      array: true,
      requiresArg: true,
      describe: 'FORMAT:PATH, as sarif:out.sarif; repeats',
      group: 'Report:',
    },
    ...verdictOptions,
    ...gateOptions,
    all: {
      type: 'boolean',
      default: false,
      describe: 'Also what passed and what could not be told',
      group: 'Report:',
    },
    details: {
      type: 'boolean',
      default: false,
      describe: 'In text, each finding on its own and all of its rule',
      group: 'Report:',
    },
    category: {
      type: 'string',
      requiresArg: true,
      describe: "Code scanning's category of this report",
      group: 'Report:',
    },
    'sarif-suppressed': {
      choices: ['drop', 'keep'] as const,
      default: 'drop' as const,
      requiresArg: true,
      describe: 'What waivers accept: left out of SARIF, or there as suppressed',
      group: 'Report:',
    },
    ...configOptions,
    ...connectionOptions,
  },
  examples: [
    ['twlint audit -i hosts.yaml', 'What is wrong in this fleet?'],
    ['twlint audit -i hosts.yaml --interval 10s', 'What is going wrong right now?'],
    ['twlint audit -i hosts.yaml -o text -o sarif:out.sarif', 'Two reports of one run'],
    ['twlint audit --from DIR', 'Once more, without the hosts'],
    ['twlint audit --root golden/rootfs', 'What would this image do?'],
  ],
  async run(args, world, config) {
    const outputs = parseOutputs(args.format, args.output ?? [], world.cwd);
    const { rules, leftOut } = selectRules(args, world, config);
    const plan = planFor(neededFacts(rules), collectors, args.netns);
    if (args['print-script']) {
      world.out.write(scriptToRead(plan));
      return exit.clean;
    }
    const gate = gateFor(args, leftOut, config, world);
    const evaluation = beginEvaluation(rules, collectors, tool());
    const run = await runOver(plan, args, world, evaluation.host);
    const report = gate.apply(evaluation.report(run), run.hosts);
    await writeOutputs(
      report,
      outputs,
      {
        all: args.all,
        details: args.details,
        allowIncomplete: args['allow-incomplete'],
        suppressed: args['sarif-suppressed'] === 'keep',
        category: args.category ?? null,
        width: world.out.columns ?? 100,
      },
      world,
    );
    return exitStatus(report, { ...args, 'stale-waivers': gate.staleWaivers });
  },
});
