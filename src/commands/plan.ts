import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { planFor } from '../collect/plan.ts';
import { collectors } from '../collectors/index.ts';
import { compareChange } from '../compare/change-diff.ts';
import { UserError } from '../errors.ts';
import { type Diff, diffMarkdown, diffText } from '../formats/diff.ts';
import { diffHtml } from '../formats/html/diff-page.ts';
import { jsonText } from '../formats/json-text.ts';
import type { NetnsNode } from '../network/topology/nodes.ts';
import { overlaidStepwise } from '../plan/overlay.ts';
import { type Proposal, readProposal } from '../plan/proposal.ts';
import { proposedPlaces } from '../plan/proposed-lines.ts';
import { readNamed, Unread } from '../read.ts';
import { scriptToRead } from './lib/collecting.ts';
import { defineCommand } from './lib/command.ts';
import { connectionOptions } from './lib/connection-options.ts';
import { countedSeverities } from './lib/exit-status.ts';
import {
  configOptions,
  differenceOptions,
  ruleOptions,
  sourceOptions,
  verdictOptions,
} from './lib/options.ts';
import { selectRules } from './lib/selecting.ts';
import { snapshotFor } from './lib/sources.ts';
import { tool } from './lib/tool.ts';
import { exit, type World } from './lib/world.ts';
import { readAllowed } from './plan/allowed.ts';
import { placeNamed } from './plan/place.ts';

const { interval, ...asking } = connectionOptions;

export default defineCommand({
  options: {
    ...sourceOptions,
    at: {
      type: 'string',
      requiresArg: true,
      demandOption: true,
      describe: 'HOST or HOST/NAMESPACE where the change is made',
      group: 'Change:',
    },
    with: {
      type: 'string',
      array: true,
      requiresArg: true,
      demandOption: true,
      describe: 'File of rules, or a command in quotes; repeats',
      group: 'Change:',
    },
    allow: {
      type: 'string',
      requiresArg: true,
      describe: 'File with the ids of differences that are accepted',
      group: 'Report:',
    },
    ...ruleOptions,
    ...differenceOptions,
    ...verdictOptions,
    ...configOptions,
    ...asking,
  },
  examples: [
    ['twlint plan --from DIR --at lb-1 --with new.rules', 'What will iptables-restore new.rules change?'],
    ["twlint plan -i hosts.yaml --at db --with 'sysctl -w net.ipv4.tcp_tw_recycle=0'", 'And this setting?'],
  ],
  async run(args, world, config) {
    const plan = planFor(collectors.keys(), collectors, args.netns);
    if (args['print-script']) {
      world.out.write(scriptToRead(plan));
      return exit.clean;
    }
    const { rules } = selectRules(args, world, config);
    const proposals = args.with.flatMap((given) => proposalsIn(given, world));
    const allowed =
      args.allow === undefined ? new Set<string>() : readAllowed(textOf(args.allow, world), args.allow);
    const before = await snapshotFor(plan, { ...args, interval: undefined }, world);
    const { host, place } = placeNamed(args.at, before.hosts);
    const states = overlaidStepwise(host, place, proposals);
    const proposed = proposedPlaces(states, place.inode, proposals, collectors);
    const isPlace = (node: NetnsNode) => node.host === host.host.name && node.inode === place.inode;
    const { findings, fleet, paths } = compareChange(
      before,
      new Map([[host, states.at(-1) ?? host]]),
      rules,
      collectors,
      tool(),
      {
        isDrawn: args.format === 'html',
        placeOf: (node, line) => (isPlace(node) ? proposed(line) : line),
      },
    );
    const diff: Diff = {
      findings: { ...findings, new: findings.new.filter(({ fingerprint }) => !allowed.has(fingerprint)) },
      fleet,
      paths: paths.filter(({ id }) => !allowed.has(id)),
    };
    world.out.write(PRINT[args.format](diff));
    return before.interrupted ? exit.interrupted : statusOf(diff, args);
  },
});

const PRINT = { text: diffText, json: jsonText, markdown: diffMarkdown, html: diffHtml } as const;

/** Reads a file of that name; where there is none, it is a command itself. */
function proposalsIn(given: string, world: World): Proposal[] {
  if (existsSync(resolve(world.cwd, given))) return readProposal(textOf(given, world), given);
  if (!/\s/.test(given.trim()))
    throw new UserError(`--with ${given}: there is no such file`, {
      hint: 'a command stands in quotes, with its options',
    });
  return readProposal(given, '--with');
}

function textOf(path: string, { cwd }: World): string {
  try {
    return readNamed(resolve(cwd, path));
  } catch (error) {
    if (!(error instanceof Unread)) throw error;
    throw new UserError(`${path}: ${error.message}`, { hint: error.hint, cause: error });
  }
}

interface Verdict {
  'fail-on': Parameters<typeof countedSeverities>[0];
  'allow-incomplete': boolean;
}

/** What worked and stops, and findings that appear, fail; what can't be told is never taken for nothing. */
function statusOf({ findings, paths }: Diff, args: Verdict): number {
  const counted = countedSeverities(args['fail-on']);
  if (findings.new.some(({ severity }) => counted.includes(severity))) return exit.findings;
  const kinds = new Set((paths ?? []).map(({ kind }) => kind));
  if (kinds.has('stops')) return exit.findings;
  const isOpen = kinds.has('undecided') || findings.unseen.length > 0;
  return isOpen && !args['allow-incomplete'] ? exit.incomplete : exit.clean;
}
