import { readSnapshot } from '../../collect/snapshot.ts';
import { collectors } from '../../collectors/index.ts';
import type { Config } from '../../config/config.ts';
import { UserError } from '../../errors.ts';
import { beginEvaluation, NOTHING_CHECKED, runTime } from '../../evaluate/report.ts';
import { page } from '../../formats/text/page.ts';
import { testedRules } from '../../formats/text/rule-tests.ts';
import { fleetIn } from '../../intents/intent-findings.ts';
import { runIntentTests } from '../../intents/intent-tests.ts';
import { onceForText } from '../../once-for.ts';
import type { SourceArgs } from '../lib/sources.ts';
import { tool } from '../lib/tool.ts';
import { exit, type World } from '../lib/world.ts';
import { namedIntents } from './named-intents.ts';

type TestArgs = Pick<SourceArgs, 'inventory' | 'root' | 'from'> & { intents: string[] | undefined };

/** Runs the tests in the files of intents, each on the evidence that it names. */
export function testIntents(args: TestArgs, world: World, config: Config): number {
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
