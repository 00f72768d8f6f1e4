/** From inventory files to targets. */
import { throwIfAny, UserError } from '../errors.ts';
import type { Source, Target } from '../model.ts';
import { assemble } from './assemble.ts';
import { connectionOf, type Surroundings } from './connection.ts';
import { foreignFormat } from './foreign-format.ts';
import { readYamlInventory } from './read-yaml.ts';
import { resolve } from './resolve.ts';
import { readSourceFile, type SourceFile } from './source-file.ts';
import type { Complain, Statement } from './statements.ts';
import { checkVariables, visibleVariables } from './variables.ts';

/**
 * Reads inventories in Ansible's YAML layout; what a later file says overrides what an earlier one said. Gives the
 * hosts in the order of their first declarations. Throws UserErrors with every mistake in every file.
 */
export function loadInventory(paths: readonly string[], surroundings: Surroundings): Target[] {
  const mistakes: UserError[] = [];
  const complain: Complain = (message, source, hint = null) => {
    mistakes.push(new UserError(message, { source, hint }));
  };
  const files = readFiles(paths, surroundings.cwd, mistakes);
  const statements = files.flatMap((file) => readStatements(file, complain));
  for (const statement of statements) if ('vars' in statement) checkVariables(statement.vars, complain);

  // JavaScript puts keys that are numbers first, so the order of the statements is not quite that of the file.
  const hosts = inReadingOrder(resolve(assemble(statements, complain)), files, (host) => host.source);
  const targets = hosts.map((host): Target => {
    const { name, source, groups, vars } = host;
    const connection = connectionOf(host, surroundings, complain);
    return { host: { name, source, groups, vars: visibleVariables(vars) }, connection };
  });
  if (hosts.length === 0 && mistakes.length === 0) complain(`no hosts in ${paths.join(', ')}`, null);
  throwIfAny(inReadingOrder(distinct(mistakes), files, (mistake) => mistake.source));
  return targets;
}

function readFiles(paths: readonly string[], cwd: string, mistakes: UserError[]): SourceFile[] {
  return [...new Set(paths)].flatMap((path) => {
    try {
      return [readSourceFile(path, cwd)];
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      mistakes.push(error);
      return [];
    }
  });
}

function readStatements({ name, text }: SourceFile, complain: Complain): Statement[] {
  const foreign = foreignFormat(text);
  if (foreign === null) return readYamlInventory(text, name, complain);
  complain(foreign.message, { file: name, line: foreign.line, column: 1 }, foreign.hint);
  return [];
}

/** Each mistake once: what is wrong in a group's variables is met again in each of its hosts. */
function distinct(mistakes: readonly UserError[]): UserError[] {
  return [...new Map(mistakes.map((mistake) => [mistake.describe(), mistake])).values()];
}

/** As a reader meets them, file by file; what stands in no file comes first. */
function inReadingOrder<T>(
  things: readonly T[],
  files: readonly SourceFile[],
  sourceOf: (thing: T) => Source | null,
): T[] {
  const names = files.map((file) => file.name);
  const place = (thing: T): [number, number, number] => {
    const source = sourceOf(thing);
    return source ? [names.indexOf(source.file), source.line, source.column] : [-1, 0, 0];
  };
  const placed = things.map((thing) => ({ thing, place: place(thing) }));
  placed.sort(({ place: a }, { place: b }) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2]);
  return placed.map(({ thing }) => thing);
}
