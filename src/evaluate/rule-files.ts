import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, join, relative, sep } from 'node:path';
import { UserError } from '../errors.ts';

/** A file that should hold a rule. */
export interface RuleFile {
  path: string;
  /** As a reader finds it. */
  shown: string;
  /** Below its rules folder, without the ending: `timewait/tw-recycle-on`. */
  name: string;
}

/** `tw-recycle-on.yaml` */
const NAME = /^[a-z0-9]+(-[a-z0-9]+)*\.yaml$/;

/** The rule files at an absolute path, in the order of their names. What is wrong with them goes to `errors`. */
export function ruleFiles(path: string, cwd: string, errors: UserError[]): RuleFile[] {
  if (!existsSync(path)) {
    errors.push(new UserError(`${shownFrom(cwd, path)}: there is no such file or folder`));
    return [];
  }
  const isFolder = statSync(path).isDirectory();
  const files = isFolder ? filesBelow(path) : [path];
  if (files.length === 0)
    errors.push(new UserError(`${shownFrom(cwd, path)}: there is no rule (*.yaml) in it`));
  const root = isFolder ? path : dirname(path);
  return files.map((file) => {
    const shown = shownFrom(cwd, file);
    if (!NAME.test(basename(file))) errors.push(notAName(shown));
    return { path: file, shown, name: slashed(relative(root, file)).replace(/\.ya?ml$/, '') };
  });
}

function notAName(shown: string): UserError {
  return new UserError("not a name for a rule's file", {
    source: { file: shown, line: 1, column: 1 },
    hint: 'it says the defect in small letters and ends in .yaml: tw-recycle-on.yaml',
  });
}

/** YAML files below a folder. The folder beside a rule that has its name holds its evidence, not rules. */
function filesBelow(folder: string): string[] {
  const entries = readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  const names = new Set(entries.map(({ name }) => name));
  return entries.flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return names.has(`${entry.name}.yaml`) ? [] : filesBelow(path);
    return /\.ya?ml$/.test(entry.name) ? [path] : [];
  });
}

function shownFrom(cwd: string, path: string): string {
  const below = relative(cwd, path);
  return slashed(below.startsWith('..') ? path : below);
}

function slashed(path: string): string {
  return path.split(sep).join('/');
}
