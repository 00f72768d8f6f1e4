import { planFor } from '../collect/plan.ts';
import { readSnapshot } from '../collect/snapshot.ts';
import { collectors } from '../collectors/index.ts';
import type { Config } from '../config/config.ts';
import { UserError } from '../errors.ts';
import { beginEvaluation, runTime } from '../evaluate/report.ts';
import { NODE_FACTS } from '../fleet/nodes.ts';
import { intentDraft } from '../formats/intent-draft.ts';
import { intentTable } from '../formats/text/intents.ts';
import { page } from '../formats/text/page.ts';
import { testedRules } from '../formats/text/rule-tests.ts';
import { draftIntents } from '../intents/draft.ts';
import { fleetIn, intentChecks } from '../intents/intent-findings.ts';
import { runIntentTests } from '../intents/intent-tests.ts';
import { onceForText } from '../once-for.ts';
import { scriptToRead } from './lib/collecting.ts';
import { defineCommand } from './lib/command.ts';
import { connectionOptions } from './lib/connection-options.ts';
import { exitStatus } from './lib/exit-status.ts';
import { gateFor } from './lib/gate.ts';
import { configOptions, intentOptions, sourceOptions } from './lib/options.ts';
import { parseOutputs } from './lib/outputs.ts';
import { reportOptions, writeReport } from './lib/reporting.ts';
import { selectRules } from './lib/selecting.ts';
import { runOver, type SourceArgs } from './lib/sources.ts';
import { tool } from './lib/tool.ts';
import { exit, type World } from './lib/world.ts';

const { interval: _, ...asking } = connectionOptions;

const INTENTS_ALONE = {
  rules: undefined,
  rule: undefined,
  exclude: undefined,
  builtin: false,
  'allow-supersede': false,
};

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
    if (args.action === 'test') return test(args, world, config);
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

const NOTHING_CHECKED = { rules: [], findings: () => [] };

function namedIntents({ intents }: { intents: string[] | undefined }, world: World, config: Config) {
  if (intents === undefined)
    throw new UserError('--intents is missing: what must hold?', {
      hint: '`twlint intent draft` writes a file of what holds now',
    });
  return selectRules({ ...INTENTS_ALONE, intents }, world, config);
}

type TestArgs = Pick<SourceArgs, 'inventory' | 'root' | 'from'> & { intents: string[] | undefined };

function test(args: TestArgs, world: World, config: Config): number {
  const named = (['inventory', 'root', 'from'] as const).find((source) => (args[source] ?? []).length > 0);
  if (named !== undefined)
    throw new UserError(`intent test and --${named}: tests have the evidence that their file names`);
  const { intents } = namedIntents(args, world, config);
  const tested = intents.filter(({ tests }) => tests.length > 0);
  if (tested.length === 0)
    throw new UserError('no intent has tests', {
      hint: 'tests: [{ name: ..., evidence: FOLDER, expect: held }] beside its `expect`',
    });
  const fleetOf = onceForText((folder) => {
    const snapshot = readSnapshot(folder);
    const evaluation = beginEvaluation([], collectors, tool(), NOTHING_CHECKED);
    return fleetIn(snapshot.hosts.map((host) => evaluation.host(host, runTime(snapshot))));
  });
  const results = tested.map((intent) => ({
    rule: { id: intent.id, name: `${intent.source.file}:${intent.source.line}` },
    cases: runIntentTests(intent, fleetOf),
  }));
  const { color, columns } = world.out;
  world.out.write(testedRules(results, 'intent', page({ color, all: true, width: columns ?? 100 })));
  return results.some(({ cases }) => cases.some(({ ok }) => !ok)) ? exit.findings : exit.clean;
}
