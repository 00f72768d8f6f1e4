/** Runs an inventory program as Ansible does: `--list` and, where that has no `_meta`, `--host NAME` for each. */
import { UserError } from '../../errors.ts';
import type { Json, Source } from '../../model.ts';
import type { Yaml } from '../../yaml.ts';
import type { Complain, Statement } from '../statements.ts';
import type { Surroundings } from '../surroundings.ts';
import { isMapping, variablesAt } from '../tree.ts';
import { runProgram } from './program.ts';
import { readListing } from './read-listing.ts';

interface Program {
  name: string;
  path: string;
}

/** Reads a program's output. Every place is the program's first line: its output is in no file. */
export async function readProgram(
  program: Program,
  surroundings: Surroundings,
  complain: Complain,
): Promise<Statement[]> {
  const source: Source = { file: program.name, line: 1, column: 1 };
  try {
    const listing = await ask(program, ['--list'], surroundings, source);
    const statements = readListing(listing, complain);
    const isWhole =
      isMapping(listing.value) && isMapping(listing.value._meta) && 'hostvars' in listing.value._meta;
    if (isWhole) return statements;
    const hosts = new Set(
      statements.flatMap((statement) => (statement.kind === 'host' ? [statement.host] : [])),
    );
    for (const host of hosts) {
      const yaml = await ask(program, ['--host', host], surroundings, source);
      const vars = variablesAt(yaml, isMapping(yaml.value) ? yaml.value : {}, []);
      statements.push({ kind: 'host', group: 'all', host, source, vars, port: null });
    }
    return statements;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    complain(error.message, source, error.hint);
    return [];
  }
}

async function ask(
  { path }: Program,
  args: readonly string[],
  surroundings: Surroundings,
  source: Source,
): Promise<Yaml> {
  const text = await runProgram(path, args, surroundings);
  // as in Ansible, a host without variables
  if (text.trim() === '' && args[0] === '--host') return { value: {}, at: () => source };
  try {
    return { value: JSON.parse(text) as Json, at: () => source };
  } catch (cause) {
    throw new UserError(`${[path, ...args].join(' ')} does not print JSON: ${(cause as Error).message}`, {
      hint: `it begins with ${JSON.stringify(text.trim().slice(0, 40))}`,
      cause,
    });
  }
}
