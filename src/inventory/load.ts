/** Makes targets of the arguments of `-i`. */
import { throwIfAny, UserError } from '../errors.ts';
import type { Source, Target } from '../model.ts';
import { assemble, type Inventory } from './assemble.ts';
import { resolveConnection } from './connection.ts';
import { COMMAND_LINE, NOTHING_GIVEN } from './given-variables.ts';
import { type Input, readInputs } from './inputs.ts';
import { limitHosts, readLimit } from './limit/limit.ts';
import { alikeMessage, lookAlikes } from './look-alikes.ts';
import { type Members, resolveMembers } from './members.ts';
import { visible } from './names.ts';
import { readHostList } from './read/read-host-list.ts';
import { readProgram } from './read/read-program.ts';
import { readStatements } from './read/statement-reader.ts';
import { type ResolvedHost, resolve } from './resolve.ts';
import type { Complain, Statement } from './statements.ts';
import type { Surroundings } from './surroundings.ts';
import { checkVariables, visibleVariables } from './variables.ts';
import { readVarsFolder, type VarsFolder } from './vars-folders.ts';

/** An inventory as it was understood. */
export interface Fleet {
  inventory: Inventory;
  members: Members;
  /** The hosts that the limit leaves, in the order of their first declarations; and the same as targets. */
  hosts: ResolvedHost[];
  targets: Target[];
  /** The hosts that the limit leaves out: one of them may be a bastion. */
  others: Target[];
}

/** The targets of `loadFleet`. */
export async function loadInventory(
  paths: readonly string[],
  surroundings: Surroundings,
  limit?: string,
): Promise<Target[]> {
  return (await loadFleet(paths, surroundings, limit)).targets;
}

/**
 * Reads inventories: files, folders, programs, standard input (`-`), lists of hosts (`web1,web2`). A later one
 * overrides an earlier one. `limit` is a pattern of Ansible's; a mistake only in the connection of a host that it
 * leaves out is none. Throws UserErrors with every mistake in every file.
 */
export async function loadFleet(
  paths: readonly string[],
  surroundings: Surroundings,
  limit?: string,
): Promise<Fleet> {
  const errors: UserError[] = [];
  const complain: Complain = (message, source, hint = null) => {
    errors.push(new UserError(visible(message), { source, hint }));
  };
  const { inputs, folders } = await readInputs(paths, surroundings, errors);
  const statements = await statementsOf(inputs, surroundings, complain);
  const inventory = assemble(statements, complain);
  const names = inputs.map(nameOf);
  const varsFolders = folders.map((folder) =>
    readVarsFolder(folder, inventory, {
      cwd: surroundings.cwd,
      complain,
      warn: surroundings.warn ?? (() => {}),
      opened: (name) => names.push(name),
    }),
  );
  const { given = NOTHING_GIVEN } = surroundings;
  if (given.extra.size + given.usual.size > 0) names.push(COMMAND_LINE);
  checkEverywhere(statements, varsFolders, complain);
  checkVariables(given.extra, complain);

  // JavaScript puts keys that are numbers first, so the order of the statements is not quite that of the file.
  const all = inReadingOrder(resolve(inventory, varsFolders, given), names, (host) => host.source);
  if (all.length === 0 && errors.length === 0) complain(`no hosts in ${paths.join(', ')}`, null);
  for (const alike of lookAlikes(all)) surroundings.warn?.(alikeMessage(alike));
  const members = resolveMembers(inventory);
  const hosts =
    limit === undefined || errors.length > 0
      ? all
      : limitHosts(all, members, readLimit(limit, surroundings.cwd));
  const { warn, ...quietly } = surroundings;
  const aloud = { ...quietly, warn: once(warn) };
  const targets = hosts.map((host) => targetOf(host, aloud, complain));
  throwIfAny(inReadingOrder(distinct(errors), names, (error) => error.source));
  const chosen = new Set(hosts);
  const others = all.filter((host) => !chosen.has(host)).map((host) => targetOf(host, quietly, () => {}));
  return { inventory, members, hosts, targets, others };
}

async function statementsOf(
  inputs: readonly Input[],
  surroundings: Surroundings,
  complain: Complain,
): Promise<Statement[]> {
  const statements: Statement[] = [];
  const known = new Set<string>();
  const isKnown = (group: string): boolean => known.has(group);
  for (const input of inputs) {
    const read =
      input.kind === 'hosts'
        ? readHostList(input.list, complain)
        : input.kind === 'program'
          ? await readProgram(input, surroundings, complain)
          : readStatements(input.file, isKnown, complain);
    for (const statement of read) {
      statements.push(statement);
      known.add(statement.group);
    }
  }
  return statements;
}

function nameOf(input: Input): string {
  if (input.kind === 'hosts') return COMMAND_LINE;
  return input.kind === 'program' ? input.name : input.file.name;
}

/** Ranges and groups share their variables among hosts: once is enough. */
function checkEverywhere(
  statements: readonly Statement[],
  varsFolders: readonly VarsFolder[],
  complain: Complain,
): void {
  const written = statements.flatMap((statement) => ('vars' in statement ? [statement.vars] : []));
  const files = varsFolders.flatMap(({ groups, hosts }) => [...groups.values(), ...hosts.values()]);
  for (const vars of new Set([...written, ...files])) checkVariables(vars, complain);
}

function targetOf(host: ResolvedHost, surroundings: Surroundings, complain: Complain): Target {
  const { name, source, groups, vars } = host;
  const connection = resolveConnection(host, surroundings, complain);
  return { host: { name, source, groups, vars: visibleVariables(vars) }, connection };
}

/** Drops repeated warnings: one about a group's variables comes up again in each of its hosts. */
function once(warn: Surroundings['warn'] = () => {}): (text: string) => void {
  const warned = new Set<string>();
  return (text) => {
    if (!warned.has(text)) warn(text);
    warned.add(text);
  };
}

/** Returns each mistake once: one in a group's variables comes up again in each of its hosts. */
function distinct(errors: readonly UserError[]): UserError[] {
  return [...new Map(errors.map((error) => [error.describe(), error])).values()];
}

/** Sorts by place in the order of reading, file by file; items without a file come first. */
function inReadingOrder<T>(
  things: readonly T[],
  names: readonly string[],
  sourceOf: (thing: T) => Source | null,
): T[] {
  const ranks = new Map(names.map((name, index) => [name, index]));
  const rank = (thing: T): [number, number, number] => {
    const source = sourceOf(thing);
    // biome-ignore lint/style/noNonNullAssertion: names has every file that was read
    return source ? [ranks.get(source.file)!, source.line, source.column] : [-1, 0, 0];
  };
  const ranked = things.map((thing) => ({ thing, rank: rank(thing) }));
  ranked.sort(({ rank: a }, { rank: b }) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2]);
  return ranked.map(({ thing }) => thing);
}
