/** YAML as plain data that knows the place of each of its parts. */
import { type Event, parseEvents, YAMLException } from 'js-yaml';
import { throwIfAny, UserError, UserErrors } from './errors.ts';
import type { Json, Source } from './model.ts';
import type { Dialect } from './yaml-scalar.ts';
import { type Node, readTree } from './yaml-tree.ts';

export interface Yaml {
  value: Json;
  /**
   * Returns the place where the value at a path begins (or, for 'key', its key); where there is none, its nearest
   * ancestor. A scalar begins at its first character, after a quote. The value of an alias begins at the alias; what is
   * inside of it, or merged by `<<`, stands where the anchor has it.
   */
  at(path: readonly (string | number)[], part?: 'key' | 'value'): Source;
}

/**
 * Parses a file of one YAML document. `file` is the name that errors and sources show. Throws UserErrors: a syntax
 * error alone; all repeated keys, unknown tags and unknown aliases together. Keys are always the text as written.
 */
export function parseYaml(text: string, file: string, dialect: Dialect = 'core'): Yaml {
  const source = sourcesOf(text, file);
  const errors: UserError[] = [];
  const root = readTree(text, readEvents(text, file), dialect, {
    lineOf: (offset) => source(offset).line,
    fail: (message, offset, hint = null) => {
      errors.push(new UserError(message, { source: source(offset), hint }));
    },
  });
  throwIfAny(errors);
  return { value: root.value, at: (path, part = 'value') => source(offsetOf(root, path, part)) };
}

function readEvents(text: string, file: string): Event[] {
  try {
    return parseEvents(text, { filename: file });
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    const { line = 0, column = 0 } = error.mark ?? {};
    throw new UserErrors(
      [
        new UserError(`not valid YAML: ${error.reason}`, {
          source: { file, line: line + 1, column: column + 1 },
          hint: syntaxHint(text.split(LINE_END)[line] ?? ''),
          cause: error,
        }),
      ],
      { cause: error },
    );
  }
}

function syntaxHint(line: string): string | null {
  if (/^ *\t/.test(line)) return 'YAML indents with spaces, never with tabs';
  return /: +\{\{/.test(line) ? 'a value that begins with `{{` needs quotes around it' : null;
}

function offsetOf(root: Node, path: readonly (string | number)[], part: 'key' | 'value'): number {
  let offset = Math.max(root.offset, 0);
  let node = root;
  for (const step of path) {
    const entry = node.entries?.get(step);
    if (entry === undefined) return offset;
    node = entry.node;
    offset = part === 'key' || node.offset === -1 ? entry.keyOffset : node.offset;
  }
  return offset;
}

/** YAML 1.2, 5.4: a line feed, a carriage return, or both. */
const LINE_END = /\r\n?|\n/g;

function sourcesOf(text: string, file: string): (offset: number) => Source {
  const starts = [0, ...[...text.matchAll(LINE_END)].map((end) => end.index + end[0].length)];
  return (offset) => {
    const line = lastAtMost(starts, offset);
    // biome-ignore lint/style/noNonNullAssertion: the line is an index of starts
    return { file, line: line + 1, column: offset - starts[line]! + 1 };
  };
}

/** Returns the index of the last of these ascending numbers that is not above `limit`. */
function lastAtMost(numbers: number[], limit: number): number {
  let [low, high] = [0, numbers.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    // biome-ignore lint/style/noNonNullAssertion: middle lies between low and high
    if (numbers[middle]! <= limit) low = middle;
    else high = middle - 1;
  }
  return low;
}
