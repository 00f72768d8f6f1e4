/** Reads the arguments of `-i`: a file, a folder of files, a program, standard input, or hosts. */
import { dirname, resolve } from 'node:path';
import { UserError } from '../errors.ts';
import { listFiles } from './folder-files.ts';
import {
  namesIn,
  pathKind,
  readFoundSource,
  readSourceFile,
  type SourceFile,
  sourceName,
} from './source-file.ts';
import type { Surroundings } from './surroundings.ts';

export type Input =
  | { kind: 'text'; file: SourceFile }
  | { kind: 'program'; name: string; path: string }
  | { kind: 'hosts'; list: string };

export interface Inputs {
  inputs: Input[];
  /** The folders that `group_vars` and `host_vars` may be in; the later counts more. */
  folders: string[];
}

/** The name of standard input in places. */
const STDIN = 'stdin';

/** Reads all that is named; what can't be read becomes a mistake. */
export async function readInputs(
  paths: readonly string[],
  surroundings: Surroundings,
  errors: UserError[],
): Promise<Inputs> {
  const inputs: Input[] = [];
  const folders: string[] = [];
  // an input that is named twice counts where it is named last
  for (const path of new Set(paths.toReversed())) {
    try {
      const named = await readNamed(path, surroundings);
      inputs.unshift(...named.inputs);
      folders.unshift(...named.folders);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      errors.unshift(error);
    }
  }
  return { inputs, folders: [...new Set(folders.toReversed())].toReversed() };
}

async function readNamed(path: string, { cwd, stdin }: Surroundings): Promise<Inputs> {
  if (path === '-') return { inputs: [await readStdin(stdin)], folders: [] };
  const absolute = resolve(cwd, path);
  const kind = pathKind(path, cwd);
  if (kind === 'nothing') return { inputs: [hostsIn(path)], folders: [] };
  if (kind === 'folder') return { inputs: readFolder(path, cwd), folders: [absolute] };
  const input: Input =
    kind === 'program'
      ? { kind, name: sourceName(path, cwd), path: absolute }
      : { kind: 'text', file: readSourceFile(path, cwd) };
  return { inputs: [input], folders: [dirname(absolute)] };
}

async function readStdin(stdin: Surroundings['stdin']): Promise<Input> {
  const text = (await stdin?.()) ?? '';
  if (text.trim() !== '') return { kind: 'text', file: { name: STDIN, text } };
  throw new UserError('standard input is empty', { hint: 'the command before the | printed nothing' });
}

function hostsIn(path: string): Input {
  if (path.includes(',')) return { kind: 'hosts', list: path };
  const hint = path.includes('/') ? null : `a host without an inventory has a comma after it: -i ${path},`;
  throw new UserError(`${path}: no such file`, { hint });
}

/**
 * The files that Ansible passes over in a folder (2.14, inventory/manager.py and config/base.yml
 * INVENTORY_IGNORE_EXTS).
 */
const IGNORED =
  /^\.|^(?:host_vars|group_vars|vars_plugins)$|(?:\.(?:pyc|pyo|swp|bak|rpm|md|txt|rst|orig|ini|cfg|retry)|~)$/;

function readFolder(folder: string, cwd: string): Input[] {
  const files = listFiles(folder, cwd, (name) => !IGNORED.test(name));
  if (files.length > 0)
    return files.map((file) => ({ kind: 'text', file: readFoundSource(file, folder, cwd) }));
  const passed = namesIn(folder, cwd).filter((name) => /\.(?:ini|cfg|txt)$/.test(name));
  const hint =
    passed.length > 0 ? `in a folder, Ansible passes over ${passed.join(', ')}: name the file itself` : null;
  throw new UserError(`${folder}: no inventory in this folder`, { hint });
}
