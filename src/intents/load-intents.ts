/** Finds and reads the files of intents that somebody named. */
import { readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { throwIfAny, UserError, UserErrors } from '../errors.ts';
import { readFoundSource, readSourceFile, type SourceFile } from '../inventory/source-file.ts';
import type { Intent } from './intent.ts';
import { readIntents } from './intent-reader.ts';

/**
 * Reads intents of files, and of the YAML files of folders. Throws UserErrors with the mistakes of all files, and where
 * two intents have one id.
 */
export function loadIntents(paths: readonly string[], cwd: string): Intent[] {
  const errors: UserError[] = [];
  const intents = paths.flatMap((path) =>
    collecting(errors, () => filesAt(path, cwd)).flatMap(({ name, text }) =>
      collecting(errors, () => readIntents(text, name)),
    ),
  );
  throwIfAny([...errors, ...repeated(intents)]);
  return intents;
}

function filesAt(path: string, cwd: string): SourceFile[] {
  const folder = resolve(cwd, path);
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return [readSourceFile(path, cwd)];
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.ya?ml$/.test(name) && !/(^|\/)\./.test(name))
    .sort();
  if (names.length === 0) throw new UserError(`${path}: there is no file of intents (*.yaml) in it`);
  return names.map((name) => readFoundSource(join(path, name), path, cwd));
}

function repeated(intents: readonly Intent[]): UserError[] {
  const first = new Map(intents.toReversed().map((intent) => [intent.id, intent]));
  return intents.flatMap((intent) => {
    const other = first.get(intent.id);
    if (other === undefined || other === intent) return [];
    const { file, line } = other.source;
    return new UserError(`"${intent.name}" has the id ${intent.id}, which another intent has`, {
      source: intent.source,
      hint: `the other is "${other.name}" in ${file}:${line}: rename one`,
    });
  });
}

function collecting<T>(errors: UserError[], read: () => T[]): T[] {
  try {
    return read();
  } catch (error) {
    if (error instanceof UserErrors) errors.push(...error.errors);
    else if (error instanceof UserError) errors.push(error);
    else throw error;
    return [];
  }
}
