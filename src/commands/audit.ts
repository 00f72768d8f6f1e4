import { planFor } from '../collect/plan.ts';
import { collectors } from '../collectors/index.ts';
import { beginEvaluation } from '../evaluate/report.ts';
import { neededFacts } from '../evaluate/rules/rules.ts';
import { auditPart, partWanted } from './audit/part.ts';
import { scriptToRead } from './lib/collecting.ts';
import { defineCommand } from './lib/command.ts';
import { connectionOptions } from './lib/connection-options.ts';
import { exitStatus } from './lib/exit-status.ts';
import { gateFor } from './lib/gate.ts';
import { configOptions, ruleOptions, sourceOptions } from './lib/options.ts';
import { parseOutputs } from './lib/outputs.ts';
import { reportOptions, writeReport } from './lib/reporting.ts';
import { selectRules } from './lib/selecting.ts';
import { runOver } from './lib/sources.ts';
import { tool } from './lib/tool.ts';
import { exit } from './lib/world.ts';

export default defineCommand({
  options: {
    ...sourceOptions,
    ...ruleOptions,
    ...reportOptions,
    shard: {
      type: 'string',
      requiresArg: true,
      describe:
        'Of the hosts, the part that is this one of several, as 2/8; with -o part:FILE, for twlint merge',
      group: 'Hosts:',
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
    const part = partWanted(args, world.cwd);
    const outputs = part === null ? parseOutputs(args.format, args.output ?? [], world.cwd) : [];
    const { rules, leftOut } = selectRules(args, world, config);
    const plan = planFor(neededFacts(rules), collectors, args.netns);
    if (args['print-script']) {
      world.out.write(scriptToRead(plan));
      return exit.clean;
    }
    if (part !== null) return auditPart(part, { rules, plan, args, world });
    const gate = gateFor(args, { hosts: args.limit !== undefined, rules: leftOut }, config, world);
    const evaluation = beginEvaluation(rules, collectors, tool());
    const run = await runOver(plan, args, world, evaluation.host);
    const report = gate.apply(evaluation.report(run), run.hosts);
    await writeReport(report, outputs, args, world);
    return exitStatus(report, { ...args, 'stale-waivers': gate.staleWaivers });
  },
});
