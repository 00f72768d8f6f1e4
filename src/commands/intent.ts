import { planFor } from '../collect/plan.ts';
import { collectors } from '../collectors/index.ts';
import { beginEvaluation, NOTHING_CHECKED } from '../evaluate/report.ts';
import { NODE_FACTS } from '../fleet/nodes.ts';
import { intentDraft } from '../formats/intent-draft.ts';
import { intentTable } from '../formats/text/intents.ts';
import { page } from '../formats/text/page.ts';
import { draftIntents } from '../intents/draft.ts';
import { fleetIn, intentChecks } from '../intents/intent-findings.ts';
import { testIntents } from './intent/intent-test.ts';
import { namedIntents } from './intent/named-intents.ts';
import { scriptToRead } from './lib/collecting.ts';
import { defineCommand } from './lib/command.ts';
import { connectionOptions } from './lib/connection-options.ts';
import { exitStatus } from './lib/exit-status.ts';
import { gateFor } from './lib/gate.ts';
import { configOptions, intentOptions, sourceOptions } from './lib/options.ts';
import { parseOutputs } from './lib/outputs.ts';
import { reportOptions, writeReport } from './lib/reporting.ts';
import { runOver } from './lib/sources.ts';
import { tool } from './lib/tool.ts';
import { exit } from './lib/world.ts';

const { interval: _, ...asking } = connectionOptions;

export default defineCommand({
  positionals: {
    action: {
      describe: 'Try them (as without it), draft what holds, or run the tests in their files',
      choices: ['try', 'draft', 'test'],
    },
  },
  options: {
    ...sourceOptions,
    ...intentOptions,
    ...reportOptions,
    ...configOptions,
    ...asking,
  },
  examples: [
    ['twlint intent -i hosts.yaml --intents intents.yaml', 'Does it hold?'],
    ['twlint intent --from DIR --intents intents', 'Did it hold, when that was collected?'],
    ['twlint intent draft --from DIR >intents.yaml', 'What holds now, to be pruned'],
    ['twlint intent test --intents intents', 'Do they say what is meant?'],
  ],
  async run(args, world, config) {
    if (args.action === 'test') return testIntents(args, world, config);
    const plan = planFor(NODE_FACTS, collectors, args.netns);
    if (args['print-script']) {
      world.out.write(scriptToRead(plan));
      return exit.clean;
    }
    const sources = { ...args, interval: undefined };
    if (args.action === 'draft') {
      const evaluation = beginEvaluation([], collectors, tool(), NOTHING_CHECKED);
      const { hosts, interrupted } = await runOver(plan, sources, world, evaluation.host);
      world.out.write(intentDraft(draftIntents(fleetIn(hosts))));
      return interrupted ? exit.interrupted : exit.clean;
    }
    const { intents, leftOut } = namedIntents(args, world, config);
    const outputs = parseOutputs(args.format, args.output ?? [], world.cwd);
    const checks = intentChecks(intents);
    const gate = gateFor(args, { hosts: args.limit !== undefined, rules: leftOut }, config, world);
    const evaluation = beginEvaluation([], collectors, tool(), checks);
    const run = await runOver(plan, sources, world, evaluation.host);
    const report = gate.apply(evaluation.report(run), run.hosts);
    const { color, columns } = world.out;
    if (outputs.some(({ format, path }) => format === 'text' && path === '-'))
      world.out.write(`${intentTable(report, page({ color, all: false, width: columns ?? 100 }))}\n`);
    await writeReport(report, outputs, args, world);
    return exitStatus(report, { ...args, 'stale-waivers': gate.staleWaivers });
  },
});
