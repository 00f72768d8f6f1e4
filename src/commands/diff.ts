import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { planFor } from '../collect/plan.ts';
import { collectors } from '../collectors/index.ts';
import { type EarlierReport, readReport } from '../compare/earlier-report.ts';
import { compareFleets } from '../compare/fleet-diff.ts';
import { comparePaths } from '../compare/path-diff.ts';
import { asEarlier, compareReports } from '../compare/report-diff.ts';
import { UserError } from '../errors.ts';
import { buildVocabulary } from '../evaluate/expression/vocabulary.ts';
import { evaluate } from '../evaluate/report.ts';
import { bySeverity } from '../evaluate/report-views.ts';
import type { LoadedRule } from '../evaluate/rules/rules.ts';
import { type Diff, diffMarkdown, diffText } from '../formats/diff.ts';
import { diffHtml } from '../formats/html/diff-page.ts';
import { jsonText } from '../formats/json-text.ts';
import type { Report, Snapshot } from '../model.ts';
import { snapshotFrom } from './lib/collected.ts';
import { defineCommand } from './lib/command.ts';
import { countedSeverities } from './lib/exit-status.ts';
import { configOptions, differenceOptions, ruleOptions, verdictOptions } from './lib/options.ts';
import { selectRules } from './lib/selecting.ts';
import { tool } from './lib/tool.ts';
import { exit, type World } from './lib/world.ts';

export default defineCommand({
  positionals: {
    before: { describe: 'A report (json, sarif), a snapshot or an archive', type: 'string' },
    after: { describe: 'A report (json), a snapshot or an archive', type: 'string' },
  },
  options: {
    ...ruleOptions,
    ...differenceOptions,
    'fail-on': verdictOptions['fail-on'],
    ...configOptions,
  },
  examples: [
    ['twlint diff monday tuesday', 'What has changed since it worked?'],
    ['twlint diff main.json branch.json --format markdown', 'For a pull request'],
  ],
  async run(args, world, config) {
    const { rules } = selectRules(args, world, config);
    const before = await readSide(String(args.before), rules, world);
    const after = await readSide(String(args.after), rules, world);
    if (after.report === null)
      throw new UserError(`${String(args.after)}: SARIF does not tell which hosts were seen`, {
        hint: 'the later side has to be a report as JSON, a snapshot or an archive',
      });
    const vocabulary = buildVocabulary(collectors);
    const both: [Snapshot, Snapshot] | null =
      before.snapshot && after.snapshot ? [before.snapshot, after.snapshot] : null;
    const diff: Diff = {
      findings: compareReports(before.earlier, after.report),
      fleet: both && compareFleets(...both, vocabulary),
      paths: both && comparePaths(...both, { isDrawn: args.format === 'html' }),
    };
    world.out.write(PRINT[args.format](diff));
    const counted = countedSeverities(args['fail-on']);
    const risen = diff.findings.changed.filter((changed) => bySeverity(changed.after, changed.before) < 0);
    const worse = [...diff.findings.new, ...risen.map((changed) => changed.after)];
    return worse.some(({ severity }) => counted.includes(severity)) ? exit.findings : exit.clean;
  },
});

const PRINT = { text: diffText, json: jsonText, markdown: diffMarkdown, html: diffHtml } as const;

interface Side {
  earlier: EarlierReport;
  /** null: a report that does not tell enough to be the later side. */
  report: Report | null;
  /** null: there is a report alone. */
  snapshot: Snapshot | null;
}

async function readSide(path: string, rules: readonly LoadedRule[], world: World): Promise<Side> {
  const absolute = resolve(world.cwd, path);
  if (isReport(absolute)) {
    const { earlier, whole } = readReport(absolute, path);
    return { earlier, report: whole, snapshot: null };
  }
  const snapshot = await snapshotFrom(path, planFor(collectors.keys(), collectors, 'all'), world);
  const report = evaluate(snapshot, rules, collectors, tool());
  return { earlier: asEarlier(report), report, snapshot };
}

/** Reports are JSON; archives are packed, or folders. */
function isReport(path: string): boolean {
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) return false;
  const start = Buffer.alloc(16);
  const file = openSync(path, 'r');
  try {
    readSync(file, start);
  } finally {
    closeSync(file);
  }
  return /^(\xef\xbb\xbf)?\s*\{/.test(start.toString('latin1'));
}
