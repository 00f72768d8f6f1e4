/**
 * `group_vars` and `host_vars` beside an inventory: for a group NAME the file NAME, NAME.yml, NAME.yaml or NAME.json,
 * the first that is there, or a folder NAME of such files
 * (Ansible 2.14, plugins/vars/host_group_vars.py and parsing/dataloader.py).
 */
import { extname, join } from 'node:path';
import { UserError } from '../errors.ts';
import type { Inventory } from './assemble.ts';
import { listFiles } from './folder-files.ts';
import { isEncrypted } from './read/foreign-format.ts';
import { parsedData } from './read/statement-reader.ts';
import { namesIn, pathKind, readFoundSource, refuseOdd, type SourceFile } from './source-file.ts';
import type { Complain, Variable, Variables } from './statements.ts';
import { isMapping, kindOf, variablesAt } from './tree.ts';

/** The folders of variables beside one inventory. */
export interface VarsFolder {
  groups: ReadonlyMap<string, Variables>;
  hosts: ReadonlyMap<string, Variables>;
}

export interface Desk {
  cwd: string;
  complain: Complain;
  warn(text: string): void;
  /** Learns of each file, in the order of reading. */
  opened(name: string): void;
}

/** Files of groups and hosts that the inventory does not have are left alone. */
export function readVarsFolder(folder: string, { groups, hosts }: Inventory, desk: Desk): VarsFolder {
  return {
    groups: readNamed(folder, 'group_vars', groups.keys(), desk),
    hosts: readNamed(folder, 'host_vars', hosts.keys(), desk),
  };
}

/** Names are looked up among the files and never become paths: a group may be called `../x`. */
function readNamed(
  above: string,
  kind: 'group_vars' | 'host_vars',
  names: Iterable<string>,
  desk: Desk,
): Map<string, Variables> {
  const folder = join(above, kind);
  const found = new Map<string, Variables>();
  const present = new Set(attempt(desk, () => entriesOf(folder, desk.cwd)));
  if (present.size === 0) return found;
  for (const name of names) {
    const entry = ENDINGS.map((ending) => name + ending).find((it) => present.has(it));
    if (entry === undefined) continue;
    const files = attempt(desk, () => filesAt(join(folder, entry), desk.cwd));
    const read = (file: string) => readVariables(readFoundSource(file, above, desk.cwd), desk);
    found.set(name, new Map(files.flatMap((file) => attempt(desk, () => read(file)))));
  }
  return found;
}

/** Turns a failure to read into a mistake, so that the rest is read on. */
function attempt<T>({ complain }: Desk, read: () => T[]): T[] {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    complain(error.message, null, error.hint);
    return [];
  }
}

/** Returns the entries of a folder. As in Ansible, a file in the place of the folder is passed over. */
function entriesOf(folder: string, cwd: string): string[] {
  const kind = pathKind(folder, cwd);
  if (kind === 'other') refuseOdd(folder, cwd);
  return kind === 'folder' ? namesIn(folder, cwd) : [];
}

const ENDINGS = ['', '.yml', '.yaml', '.json'];

function filesAt(path: string, cwd: string): string[] {
  const kind = pathKind(path, cwd);
  if (kind === 'file' || kind === 'program') return [path];
  return kind === 'folder' ? listFiles(path, cwd, isRead) : refuseOdd(path, cwd);
}

function isRead(name: string, kind: 'file' | 'folder'): boolean {
  if (name.startsWith('.') || name.endsWith('~')) return false;
  return kind === 'folder' ? extname(name) === '' : ENDINGS.includes(extname(name));
}

function readVariables(file: SourceFile, { complain, warn, opened }: Desk): [string, Variable][] {
  opened(file.name);
  if (isEncrypted(file.text)) {
    warn(`${file.name} is encrypted by ansible-vault: what it sets is not known`);
    return [];
  }
  const yaml = isEmpty(file.text) ? null : parsedData(file, complain);
  if (yaml === null || yaml.value === null) return [];
  if (isMapping(yaml.value)) return [...variablesAt(yaml, yaml.value, [])];
  const hint = 'name: value, one a line';
  complain(`a file of variables must be a map, not ${kindOf(yaml.value)}`, yaml.at([]), hint);
  return [];
}

/** Tells whether a text has nothing but comments, blank lines, and marks of a document. */
function isEmpty(text: string): boolean {
  return text.split(/\r\n?|\n/).every((line) => /^\s*(?:#.*)?$|^(?:---|\.\.\.)\s*(?:#.*)?$/.test(line));
}
