import { planFor } from '../collect/plan.ts';
import { collectors } from '../collectors/index.ts';
import { planRemedies, REMEDY_FACTS } from '../evaluate/remedies/remedies.ts';
import { evaluate } from '../evaluate/report.ts';
import { neededFacts } from '../evaluate/rules/rules.ts';
import { remedyFormats } from '../formats/remedies/index.ts';
import { scriptToRead } from './lib/collecting.ts';
import { defineCommand } from './lib/command.ts';
import { connectionOptions } from './lib/connection-options.ts';
import { seenStatus } from './lib/exit-status.ts';
import { gateFor } from './lib/gate.ts';
import { configOptions, ruleOptions, sourceOptions, verdictOptions } from './lib/options.ts';
import { selectRules } from './lib/selecting.ts';
import { snapshotFor } from './lib/sources.ts';
import { tool } from './lib/tool.ts';
import { exit } from './lib/world.ts';

export default defineCommand({
  options: {
    ...sourceOptions,
    ...ruleOptions,
    format: {
      choices: ['sysctl.d', 'ansible', 'shell'] as const,
      default: 'sysctl.d' as const,
      requiresArg: true,
      describe: 'As files for /etc/sysctl.d, a playbook, or a script',
      group: 'Report:',
    },
    'allow-incomplete': verdictOptions['allow-incomplete'],
    ...configOptions,
    ...connectionOptions,
  },
  examples: [
    ['twlint fix --from DIR', "What belongs into each host's sysctl.d, why, and how to undo it"],
    ['twlint fix -i hosts.yaml --rule TW001 --format ansible >fix.yaml', 'A playbook to read, then to run'],
  ],
  async run(args, world, config) {
    const { rules, leftOut } = selectRules(args, world, config);
    const plan = planFor([...neededFacts(rules), ...REMEDY_FACTS], collectors, args.netns);
    if (args['print-script']) {
      world.out.write(scriptToRead(plan));
      return exit.clean;
    }
    const snapshot = await snapshotFor(plan, args, world);
    const gate = gateFor({}, { hosts: args.limit !== undefined, rules: leftOut }, config, world);
    const report = gate.apply(evaluate(snapshot, rules, collectors, tool()), snapshot.hosts);
    world.out.write(remedyFormats[args.format](planRemedies(snapshot, report, collectors)));
    return seenStatus(report, args['allow-incomplete']);
  },
});
