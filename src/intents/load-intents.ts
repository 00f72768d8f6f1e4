/** Finds and reads the files of intents that somebody named. */
import { readdirSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { throwIfAny, UserError, UserErrors } from '../errors.ts';
import type { EvidenceLocation } from '../evaluate/recorded-evidence.ts';
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
    collecting(errors, () => filesAt(path, cwd)).flatMap(({ name, text, ...location }) =>
      collecting(errors, () => readIntents(text, name, location)),
    ),
  );
  throwIfAny([...errors, ...repeated(intents)]);
  return intents;
}

/** Returns the files at a path; the folder that has the name of a file is that of its tests' evidence, and has none. */
function filesAt(path: string, cwd: string): (SourceFile & EvidenceLocation)[] {
  const absolute = resolve(cwd, path);
  if (!statSync(absolute, { throwIfNoEntry: false })?.isDirectory())
    return [{ ...readSourceFile(path, cwd), folder: withoutEnding(absolute), root: dirname(absolute) }];
  const names = readdirSync(absolute, { recursive: true, encoding: 'utf8' })
    .filter((name) => ENDING.test(name) && !/(^|\/)\./.test(name))
    .sort();
  if (names.length === 0) throw new UserError(`${path}: there is no file of intents (*.yaml) in it`);
  const tested = names.map((name) => `${withoutEnding(name)}/`);
  return names
    .filter((name) => !tested.some((folder) => name.startsWith(folder)))
    .map((name) => ({
      ...readFoundSource(join(path, name), path, cwd),
      folder: withoutEnding(join(absolute, name)),
      root: absolute,
    }));
}

const ENDING = /\.ya?ml$/;
const withoutEnding = (path: string): string => path.replace(ENDING, '');

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
