/** The commands: what the list of them shows, and where the rest of each is, which is read when it is called. */
import type { Command, CommandBody, CommandHead } from './lib/command.ts';

/** A command that is not read yet. */
export interface CommandEntry extends CommandHead {
  load(): Promise<{ default: CommandBody }>;
}

/** Every command, in the order that help lists them in. */
export const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'audit',
    describe: 'Ask hosts, try the rules on what they say, report',
    load: () => import('./audit.ts'),
  },
  {
    name: 'worker',
    describe: 'Ask hosts for audits that have a --queue',
    load: () => import('./worker.ts'),
  },
  {
    name: 'watch',
    describe: 'Show which counters move, where, and what that means',
    load: () => import('./watch.ts'),
  },
  {
    name: 'fix',
    describe: 'Print what would fix the findings; changes nothing',
    load: () => import('./fix.ts'),
  },
  {
    name: 'waive <rule> <hosts>',
    describe: 'Accept a finding for a while, in twlint.yaml',
    load: () => import('./waive.ts'),
  },
  {
    name: 'plan',
    describe: 'Say what a change of rules would do; makes none',
    load: () => import('./plan.ts'),
  },
  {
    name: 'diff <before> <after>',
    describe: 'Compare two runs: paths of packets, findings, settings',
    load: () => import('./diff.ts'),
  },
  {
    name: 'collect',
    describe: 'Ask hosts everything, and keep what they say',
    load: () => import('./collect.ts'),
  },
  {
    name: 'merge <parts..>',
    describe: 'Report on a fleet that was audited in parts',
    load: () => import('./merge.ts'),
  },
  {
    name: 'trace',
    describe: 'Follow a packet through the fleet, or one ruleset',
    load: () => import('./trace.ts'),
  },
  {
    name: 'why',
    describe: 'Say what stops packets, there or on the way back',
    load: () => import('./why.ts'),
  },
  {
    name: 'intent [action]',
    describe: 'Try what must hold on paths, or write what holds now',
    load: () => import('./intent.ts'),
  },
  {
    name: 'inventory',
    describe: 'Show what was understood of an inventory',
    load: () => import('./inventory.ts'),
  },
  {
    name: 'doctor [hosts..]',
    describe: 'Say how far hosts can be asked, and what is in the way',
    load: () => import('./doctor.ts'),
  },
  {
    name: 'rules <action> [file]',
    describe: 'List the rules, run their tests, or begin a new one',
    load: () => import('./rules.ts'),
  },
  {
    name: 'explain <rule>',
    describe: 'Print all there is to know of a rule',
    load: () => import('./explain.ts'),
  },
  {
    name: 'facts [names..]',
    describe: 'Show what a rule would see of hosts',
    load: () => import('./facts.ts'),
  },
  {
    name: 'config',
    describe: 'Show the configuration in force, and where it stands',
    load: () => import('./config.ts'),
  },
  {
    name: 'schema <of>',
    describe: 'Print a JSON Schema, for editors',
    load: () => import('./schema.ts'),
  },
  {
    name: 'completion <shell>',
    describe: 'Print what makes a shell complete twlint',
    load: () => import('./completion.ts'),
  },
  {
    name: 'demo',
    describe: 'Audit the recorded hosts of a real incident',
    load: () => import('./demo.ts'),
  },
];

/** Reads a command whole; null where there is none with that name. */
export async function commandNamed(word: string | undefined): Promise<Command | null> {
  const entry = COMMANDS.find(({ name }) => name.split(' ')[0] === word);
  return entry === undefined ? null : whole(entry);
}

/** Reads every command whole. */
export const allCommands = (): Promise<Command[]> => Promise.all(COMMANDS.map(whole));

/**
 * Reads the commands that a command line may be about: the one that it begins with; all where options come first, or
 * where there is no such command; none where it asks for nothing of a command.
 */
export async function commandsFor(argv: readonly string[]): Promise<Command[]> {
  const [first, ...others] = argv;
  if (first === undefined || (others.length === 0 && OF_NO_COMMAND.has(first))) return [];
  const named = await commandNamed(first);
  return named === null ? allCommands() : [named];
}

const OF_NO_COMMAND: ReadonlySet<string> = new Set(['--help', '-h', '--version', '-V']);

async function whole({ name, describe, load }: CommandEntry): Promise<Command> {
  return { name, describe, ...(await load()).default };
}
