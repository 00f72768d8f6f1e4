import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, join, relative, sep } from 'node:path';
import { UserError } from '../../errors.ts';
import { pathIn, Unread } from '../../read.ts';

/** A file that should hold a rule. */
export interface RuleFile {
  path: string;
  /** The path that a reader finds it by. */
  shown: string;
  /** The path below its rules folder, without the ending: `timewait/tw-recycle-on`. */
  name: string;
  /** The rules folder: nothing that the rule names may lie elsewhere. */
  root: string;
}

/** `tw-recycle-on.yaml` */
const NAME = /^[a-z0-9]+(-[a-z0-9]+)*\.yaml$/;

/** Returns the rule files at an absolute path, in the order of their names. Their mistakes go to `errors`. */
export function ruleFiles(path: string, cwd: string, errors: UserError[]): RuleFile[] {
  if (!existsSync(path)) {
    errors.push(new UserError(`${shownFrom(cwd, path)}: there is no such file or folder`));
    return [];
  }
  const root = isFolder(path) ? path : dirname(path);
  const walk: Walk = {
    root,
    refuse: (file, { message, hint }) => {
      errors.push(new UserError(`${shownFrom(cwd, file)}: ${message}`, { hint }));
    },
  };
  const before = errors.length;
  const files = root === path ? ruleFilesIn(path, walk) : [path];
  if (files.length === 0 && errors.length === before)
    errors.push(new UserError(`${shownFrom(cwd, path)}: there is no rule (*.yaml) in it`));
  return files.map((file) => {
    const shown = shownFrom(cwd, file);
    if (!NAME.test(basename(file))) errors.push(notAName(shown));
    return { path: file, shown, name: slashed(relative(root, file)).replace(/\.ya?ml$/, ''), root };
  });
}

function notAName(shown: string): UserError {
  return new UserError("not a name for a rule's file", {
    source: { file: shown, line: 1, column: 1 },
    hint: 'it says the defect in small letters and ends in .yaml: tw-recycle-on.yaml',
  });
}

interface Walk {
  root: string;
  refuse(path: string, why: Unread): void;
}

/**
 * YAML files below a folder, links within the rules folder followed, hidden ones left out (a mounted ConfigMap has all
 * files there once more). The folder beside a rule that has its name holds its evidence, not rules.
 */
function ruleFilesIn(folder: string, walk: Walk, above: readonly string[] = []): string[] {
  return attempt(folder, walk, () => {
    const here = pathIn(folder, walk.root);
    if (above.includes(here)) return [];
    const names = readdirSync(folder)
      .filter((name) => !name.startsWith('.'))
      .sort();
    return names.flatMap((name) => {
      const path = join(folder, name);
      return attempt(path, walk, () => {
        if (isFolder(path))
          return names.includes(`${name}.yaml`) ? [] : ruleFilesIn(path, walk, [...above, here]);
        return /\.ya?ml$/.test(name) ? [path] : [];
      });
    });
  });
}

/** Reports what can't be looked at, so that the rest is read on. */
function attempt(path: string, { refuse }: Walk, look: () => string[]): string[] {
  try {
    return look();
  } catch (error) {
    refuse(
      path,
      error instanceof Unread ? error : new Unread((error as Error).message, { code: '', cause: error }),
    );
    return [];
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function shownFrom(cwd: string, path: string): string {
  const fromHere = relative(cwd, path);
  return slashed(fromHere.startsWith('..') ? path : fromHere || '.');
}

function slashed(path: string): string {
  return path.split(sep).join('/');
}
