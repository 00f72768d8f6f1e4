import { resolve } from 'node:path';
import { planFor } from '../collect/plan.ts';
import { checkSnapshotFolder, writeSnapshot } from '../collect/snapshot.ts';
import { now } from '../collect/times.ts';
import { collectors } from '../collectors/index.ts';
import { UserError } from '../errors.ts';
import { evaluate } from '../evaluate/report.ts';
import { neededFacts } from '../evaluate/rules/rules.ts';
import { beginWindows } from '../evaluate/windows.ts';
import { printable, sentence } from '../formats/printable.ts';
import type { Answer, HostEvidence, Snapshot, Target } from '../model.ts';
import { weightOf } from '../network/counter-meanings.ts';
import type { Session } from '../transports/session.ts';
import { sampledBy } from '../watch/evidence.ts';
import { fleetState } from '../watch/fleet-state.ts';
import { type FollowedHost, followHosts } from '../watch/follow.ts';
import { collectFrom, type OpenHost, scriptToRead } from './lib/collecting.ts';
import { defineCommand } from './lib/command.ts';
import { connectionOptions } from './lib/connection-options.ts';
import { exitStatus } from './lib/exit-status.ts';
import { fleetOf } from './lib/fleet.ts';
import { gateFor } from './lib/gate.ts';
import { duration } from './lib/option-values.ts';
import { configOptions, inventoryOptions, ruleOptions, verdictOptions } from './lib/options.ts';
import { selectRules } from './lib/selecting.ts';
import { tool } from './lib/tool.ts';
import { exit } from './lib/world.ts';
import { chosenCounters } from './watch/counters.ts';
import { outputFor } from './watch/output.ts';
import { totalsOutput } from './watch/totals.ts';

const { interval: _interval, ...connecting } = connectionOptions;

/** The facts that are watched, whatever the rules read. */
const WATCHED = ['counters', 'conntrack'];

/** Milliseconds after which a host that was not ready for the only look is asked again. */
const ONCE_EVERY = 100;

export default defineCommand({
  options: {
    ...inventoryOptions,
    every: {
      type: 'string',
      default: '1s',
      requiresArg: true,
      describe: 'Time between two looks',
      group: 'Watch:',
    },
    for: { type: 'string', requiresArg: true, describe: 'End after that long (5m)', group: 'Watch:' },
    counters: {
      type: 'string',
      requiresArg: true,
      describe: "Only these, as 'Listen*,PAWS*'; else all but traffic",
      group: 'Watch:',
    },
    once: {
      type: 'boolean',
      default: false,
      describe: 'Print the counters of each namespace and what they mean, those above 0 first, and end',
      group: 'Watch:',
    },
    format: {
      choices: ['table', 'jsonl'] as const,
      default: 'table' as const,
      requiresArg: true,
      describe: 'For people, or one JSON object a line',
      group: 'Watch:',
    },
    output: {
      alias: 'o',
      type: 'string',
      requiresArg: true,
      describe: 'A new folder for a snapshot of the whole time, for audit --from',
      group: 'Watch:',
    },
    ...ruleOptions,
    ...verdictOptions,
    ...configOptions,
    ...connecting,
  },
  examples: [
    ['twlint watch -i hosts.yaml', 'What moves right now?'],
    ["twlint watch -i hosts.yaml --counters 'Listen*' --for 5m -o DIR", 'Keep five minutes of it'],
    ['twlint watch -i hosts.yaml --once', 'What nstat says, for a fleet'],
  ],
  async run(args, world, config) {
    const every = duration('every', args.every);
    if (every < 200) throw new UserError(`--every ${args.every}: no less than 200ms`);
    if (args.via !== undefined)
      throw new UserError('watch asks over connections that stay, and --via has none', {
        hint: 'audit --interval 10s --via ... asks twice',
      });
    const length = args.for === undefined ? null : duration('for', args.for);
    if (args.once && length !== null)
      throw new UserError('--once looks once, and --for says for how long', {
        hint: 'leave one of them out',
      });
    const folder = args.output === undefined ? null : resolve(world.cwd, args.output);
    if (folder !== null) checkSnapshotFolder(folder);
    const { rules, leftOut } = args.once ? { rules: [], leftOut: [] } : selectRules(args, world, config);
    const plan = planFor([...neededFacts(rules), ...WATCHED], collectors, args.netns);
    if (args['print-script']) {
      world.out.write(scriptToRead(plan));
      return exit.clean;
    }
    const counters = chosenCounters(args.counters, args.format, args.once);
    const output = args.once
      ? totalsOutput(args.format, counters, world)
      : outputFor(args.format, counters, world);
    const sampled = sampledBy(plan.second?.netns ?? [], collectors);
    const watchedUntil: { snapshot: Snapshot | null; lost: ReadonlyMap<string, string> } = {
      snapshot: null,
      lost: new Map(),
    };
    const goOn = async (first: Snapshot, open: readonly OpenHost[]): Promise<void> => {
      const evidence = new Map(first.hosts.map((one) => [one.host.name, one]));
      const hosts = open.flatMap((one) => followed(one, evidence.get(one.target.host.name)));
      for (const { name, isInstalled } of hosts) if (isInstalled) world.err.write(withoutRoot(name));
      const trial = beginWindows(first.hosts, rules, collectors);
      const names = new Set(hosts.map(({ name }) => name));
      const state = fleetState(first, names, trial, sampled, (counter) => weightOf(counter) !== 'traffic');
      const showing = output.begin(state, { every: args.every, hosts: first.hosts.length, rules });
      try {
        await followHosts(hosts, state, {
          every: args.once ? ONCE_EVERY : every,
          duration: length,
          namespaces: args.netns,
          isOnce: args.once,
          stop: AbortSignal.any([world.stop, showing.quit]),
          onEvents: showing.show,
        });
      } finally {
        showing.end();
      }
      watchedUntil.lost = state.lost();
      const isCutShort = world.stop.aborted && length !== null;
      watchedUntil.snapshot = state.snapshot(isCutShort, now());
    };
    const first = await collectFrom(
      await fleetOf(args, world),
      plan,
      { ...args, interval: undefined },
      world,
      { goOn },
    );
    const snapshot = watchedUntil.snapshot ?? first;
    if (folder !== null) writeSnapshot(snapshot, folder);
    const gate = gateFor({}, { hosts: args.limit !== undefined, rules: leftOut }, config, world);
    const report = gate.apply(evaluate(snapshot, rules, collectors, tool()), snapshot.hosts);
    await output.report(report);
    const seen = watchedUntil.lost.size === 0 ? exit.clean : exit.incomplete;
    if (!args.once) return exitStatus(report, args) || (args['allow-incomplete'] ? exit.clean : seen);
    for (const [host, reason] of watchedUntil.lost)
      world.err.write(`twlint: ${printable(host)}: ${sentence(reason)}\n`);
    return seen;
  },
});

function followed({ target, session, ...open }: OpenHost, first: HostEvidence | undefined): FollowedHost[] {
  if (first === undefined) return [];
  const { host, connection } = target;
  const list = first.evidence.find(({ probe }) => probe === 'namespaces.list')?.answer;
  const installed = isInstalled(target);
  const become = 'become' in connection && !installed ? connection.become : null;
  const listed = list?.ok ? list.value : '';
  return [
    { name: host.name, session: sessionTo(session, first), ...open, become, isInstalled: installed, listed },
  ];
}

function sessionTo(session: Session | null, { reached }: HostEvidence): Answer<Session> {
  if (session !== null) return { ok: true, value: session };
  return reached.ok
    ? { ok: false, problem: 'unreachable', reason: 'its connection broke while it was asked' }
    : reached;
}

const isInstalled = ({ connection }: Target): boolean =>
  connection.kind === 'ssh' && connection.collectCommand !== undefined;

/** The script that is installed there is all that may run as root. */
const withoutRoot = (host: string): string =>
  `twlint: ${printable(host)}: it is watched without root's rights, which only its installed script has\n`;
