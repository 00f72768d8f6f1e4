import { type Plan, planFor } from '../collect/plan.ts';
import { collectors } from '../collectors/index.ts';
import { UserError } from '../errors.ts';
import { beginEvaluation, type FleetChecks } from '../evaluate/report.ts';
import { type LoadedRule, neededFacts } from '../evaluate/rules/rules.ts';
import { NODE_FACTS } from '../fleet/nodes.ts';
import { intentChecks } from '../intents/intent-findings.ts';
import { partWanted } from './audit/part-wanted.ts';
import type { Looked } from './audit/queued.ts';
import { scriptToRead } from './lib/collecting.ts';
import { defineCommand } from './lib/command.ts';
import { connectionOptions } from './lib/connection-options.ts';
import { exitStatus } from './lib/exit-status.ts';
import { gateFor } from './lib/gate.ts';
import { configOptions, intentOptions, ruleOptions, sourceOptions } from './lib/options.ts';
import { parseOutputs } from './lib/outputs.ts';
import { queueOptions } from './lib/queue-options.ts';
import { reportOptions, writeReport } from './lib/reporting.ts';
import { selectRules } from './lib/selecting.ts';
import { runOver, type SourceArgs } from './lib/sources.ts';
import { tool } from './lib/tool.ts';
import { exit, type World } from './lib/world.ts';

export default defineCommand({
  options: {
    ...sourceOptions,
    ...ruleOptions,
    ...intentOptions,
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
    ...queueOptions,
    resume: {
      type: 'string',
      requiresArg: true,
      group: 'Queue:',
      describe: 'Go on with a run of the queue that was cut short',
    },
  },
  examples: [
    ['twlint audit -i hosts.yaml', 'What is wrong in this fleet?'],
    ['twlint audit -i hosts.yaml --interval 10s', 'What is going wrong right now?'],
    ['twlint audit -i hosts.yaml -o text -o sarif:out.sarif', 'Two reports of one run'],
    ['twlint audit -i hosts.yaml --queue redis://queue', 'The same, by many workers'],
    ['twlint audit --from DIR', 'Once more, without the hosts'],
    ['twlint audit --root golden/rootfs', 'What would this image do?'],
  ],
  async run(args, world, config) {
    const part = partWanted(args, world.cwd);
    const outputs = part === null ? parseOutputs(args.format, args.output ?? [], world.cwd) : [];
    const { rules, intents, leftOut } = selectRules(args, world, config);
    const checks = intentChecks(intents);
    const plan = planFor(
      [...neededFacts(rules), ...(checks === null ? [] : NODE_FACTS)],
      collectors,
      args.netns,
    );
    if (args['print-script']) {
      world.out.write(scriptToRead(plan));
      return exit.clean;
    }
    const { queue, resume } = args;
    if (resume !== undefined && queue === undefined)
      throw new UserError('--resume: it means nothing without --queue');
    if (queue !== undefined && checks !== null && !rules.some(({ scope }) => scope === 'path'))
      throw new UserError('--intents and --queue: workers keep no paths where no rule asks for them', {
        hint: 'leave out --rule or --exclude, so that rules about paths are tried, too',
      });
    if (part !== null) {
      if (queue !== undefined)
        throw new UserError('-o part: and --queue: workers have a part of the hosts each');
      return auditPart(part, { rules, checks, plan, args, world });
    }
    const gate = gateFor(args, { hosts: args.limit !== undefined, rules: leftOut }, config, world);
    const looked =
      queue === undefined
        ? await lookedAt(rules, checks, plan, args, world)
        : await lookedAtByWorkers(rules, checks, { ...args, queue }, world, config);
    const report = gate.apply(looked.report, looked.hosts);
    await writeReport(report, outputs, args, world);
    await looked.forget();
    return exitStatus(report, { ...args, 'stale-waivers': gate.staleWaivers });
  },
});

async function lookedAt(
  rules: readonly LoadedRule[],
  checks: FleetChecks | null,
  plan: Plan,
  args: SourceArgs,
  world: World,
): Promise<Looked> {
  const evaluation = beginEvaluation(rules, collectors, tool(), checks);
  const run = await runOver(plan, args, world, evaluation.host);
  return { report: evaluation.report(run), hosts: run.hosts, forget: async () => {} };
}

/** What only some runs need is opened for them alone. */
const auditPart: typeof import('./audit/part.ts').auditPart = async (...about) =>
  (await import('./audit/part.ts')).auditPart(...about);

const lookedAtByWorkers: typeof import('./audit/queued.ts').auditByWorkers = async (...about) =>
  (await import('./audit/queued.ts')).auditByWorkers(...about);
