import { existsSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, relative, sep } from 'node:path';
import { UserError } from '../../errors.ts';

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
  const files = isFolder(path) ? filesBelow(path) : [path];
  if (files.length === 0)
    errors.push(new UserError(`${shownFrom(cwd, path)}: there is no rule (*.yaml) in it`));
  const root = isFolder(path) ? path : dirname(path);
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

/**
 * YAML files below a folder, links followed, hidden ones left out (a mounted ConfigMap has all files there once more).
 * The folder beside a rule that has its name holds its evidence, not rules.
 */
function filesBelow(folder: string, above: readonly string[] = []): string[] {
  const here = realpathSync(folder);
  if (above.includes(here)) return [];
  const names = readdirSync(folder)
    .filter((name) => !name.startsWith('.'))
    .sort();
  return names.flatMap((name) => {
    const path = join(folder, name);
    if (isFolder(path)) return names.includes(`${name}.yaml`) ? [] : filesBelow(path, [...above, here]);
    return /\.ya?ml$/.test(name) ? [path] : [];
  });
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function shownFrom(cwd: string, path: string): string {
  const below = relative(cwd, path);
  return slashed(below.startsWith('..') ? path : below);
}

function slashed(path: string): string {
  return path.split(sep).join('/');
}
