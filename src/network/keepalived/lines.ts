/**
 * The lines of keepalived.conf as keepalived reads them: comments, definitions (`$NAME=`), conditional lines (`@id`)
 * and includes are resolved, and braces stand alone. keepalived 2.x, lib/parser.c: decomment, read_line,
 * check_definition, replace_param, read_conf_file.
 */

/** A line of a file, without comments and blanks around it; a brace is a line of its own. */
export interface ConfLine {
  tokens: string[];
  file: string;
  /** The line number in that file, 1-based. */
  line: number;
}

/** The configuration to read. */
export interface ConfSource {
  /** The file to begin with. */
  main: string;
  /** Lines of each file that could be read, by its path. */
  files: ReadonlyMap<string, readonly string[]>;
  /** The files that `include PATTERN` in a file stands for, in order; undefined: that is not known. */
  included(file: string, pattern: string): readonly string[] | undefined;
  /** The id that `@id` is compared with: the first label of the host's name, or `keepalived -i`; null: not known. */
  id: string | null;
}

export interface ConfLines {
  lines: ConfLine[];
  /** Messages on what could not be followed; those lines are left out. */
  doubts: string[];
}

interface Reading extends ConfLines {
  source: ConfSource;
  definitions: Map<string, string[]>;
  /** Files read so far, each as often as it was included. */
  count: number;
}

/** Includes of includes; keepalived has no limit, a file that includes itself has no end. */
const DEEPEST = 10;
/** The most files read: a file that includes itself twice has no end either within these ten levels. */
const MOST_FILES = 1000;
const MOST_LINES = 200_000;
/** The most lines that definitions may grow a line to, and the most characters of each. */
const MOST_GROWTH = 1000;
const LONGEST = 4096;

export function readConfLines(source: ConfSource): ConfLines {
  const reading: Reading = { source, definitions: new Map(), count: 0, lines: [], doubts: [] };
  readFile(source.main, reading, 0);
  return { lines: reading.lines, doubts: [...new Set(reading.doubts)] };
}

function readFile(file: string, reading: Reading, depth: number): void {
  const rows = reading.source.files.get(file);
  if (rows === undefined || depth > DEEPEST) {
    reading.doubts.push(depth > DEEPEST ? `${file}: includes within includes` : `${file} was not read`);
    return;
  }
  reading.count++;
  for (let i = 0; i < rows.length; i++) {
    if (reading.count > MOST_FILES || reading.lines.length > MOST_LINES) {
      reading.doubts = [`${reading.source.main}: it includes too much to follow`];
      return;
    }
    // biome-ignore lint/style/noNonNullAssertion: i is below length
    const row = rows[i]!;
    if (row.length > LONGEST) {
      reading.doubts.push(`${file}:${i + 1}: a line of more than ${LONGEST} characters`);
      continue;
    }
    const text = withoutComment(row);
    const definition = /^\$([A-Za-z_]\w*)\s*=\s*(.*)$/.exec(conditional(text, reading, file) ?? '');
    if (definition !== null) {
      const [, name = '', first = ''] = definition;
      const value = [first];
      // $NAME= first line \
      //   second line
      // biome-ignore lint/style/noNonNullAssertion: i + 1 is below length
      while (value.at(-1)?.endsWith('\\') && i + 1 < rows.length) value.push(withoutComment(rows[++i]!));
      const whole = value
        .map((part) => (part.endsWith('\\') ? part.slice(0, -1).trimEnd() : part))
        .filter((part) => part !== '');
      if (value.slice(1).some((part) => part.trim().startsWith('(withheld)')))
        reading.doubts.push(
          `${file}:${i + 1}: a line of $${name} that looks like none of keepalived was not shown`,
        );
      reading.definitions.set(name, whole.length > 0 ? whole : ['']);
    } else readLine(text, { file, line: i + 1 }, reading, depth);
  }
}

type LineOrigin = Omit<ConfLine, 'tokens'>;

function readLine(text: string, lineOrigin: LineOrigin, reading: Reading, depth: number): void {
  const include = /^include[a-z]?\s+"?([^\s"]+)"?$/.exec(text);
  if (include !== null) {
    const [, pattern = ''] = include;
    readIncluded(pattern, lineOrigin.file, reading, depth);
    return;
  }
  const applies = conditional(text, reading, lineOrigin.file);
  if (applies === null || applies === '') return;
  for (const expanded of substituted(applies, reading, lineOrigin)) {
    if (expanded.startsWith('~SEQ'))
      reading.doubts.push(`${lineOrigin.file}:${lineOrigin.line}: ~SEQ is not followed`);
    else for (const tokens of splitBraces(expanded)) reading.lines.push({ tokens, ...lineOrigin });
  }
}

function readIncluded(pattern: string, from: string, reading: Reading, depth: number): void {
  const files = reading.source.included(from, pattern);
  if (files === undefined) reading.doubts.push(`${from}: include ${pattern} was not followed`);
  for (const file of files ?? []) readFile(file, reading, depth + 1);
}

/** Removes the comment: it begins at `!` or `#` anywhere outside of double quotes, unless after a backslash. */
function withoutComment(row: string): string {
  let quoted = false;
  let kept = '';
  for (let i = 0; i < row.length; i++) {
    const character = row.charAt(i);
    if (character === '\\' && i + 1 < row.length) {
      const escaped = row.charAt(++i);
      kept += !quoted && (escaped === '#' || escaped === '!') ? escaped : character + escaped;
      continue;
    }
    if (character === '"') quoted = !quoted;
    else if (!quoted && (character === '#' || character === '!')) break;
    kept += character;
  }
  return kept.trim();
}

/** Resolves `@id rest` to the rest where the id is ours, `@^id rest` where not; null: does not apply, or not known. */
function conditional(text: string, { source: { id }, doubts }: Reading, file: string): string | null {
  const match = /^@(\^?)(\S+)(?:\s+(.*))?$/.exec(text);
  if (match === null) return text;
  if (id === null) {
    doubts.push(`${file}: whether lines of @${match[2]} apply is not known`);
    return null;
  }
  return (match[2] === id) === (match[1] === '') ? (match[3] ?? null) : null;
}

/** Replaces `$NAME` and `${NAME}`; a definition of several lines makes several lines of one. */
function substituted(
  text: string,
  { definitions, doubts, source }: Reading,
  lineOrigin: LineOrigin,
): string[] {
  let lines = [text];
  for (let round = 0; round < DEEPEST; round++) {
    const next = lines.flatMap((line) => substitutedOnce(line, definitions, source.id));
    if (next.length > MOST_GROWTH || next.some((line) => line.length > LONGEST)) break;
    if (next.every((line, i) => line === lines[i])) {
      if (next.some((line) => /\$\{?_/.test(line)))
        doubts.push(`${lineOrigin.file}:${lineOrigin.line}: ${text} is not followed`);
      return next;
    }
    lines = next;
  }
  doubts.push(`${lineOrigin.file}:${lineOrigin.line}: definitions without end`);
  return [];
}

function substitutedOnce(line: string, definitions: Map<string, string[]>, id: string | null): string[] {
  const known = (name: string) => (name === '_INSTANCE' && id !== null ? [id] : definitions.get(name));
  const whole = /^\$(?:\{(\w+)\}|(\w+))$/.exec(line);
  const several = whole ? known(whole[1] ?? whole[2] ?? '') : undefined;
  if (several !== undefined) return several;
  return [
    line.replace(/\$(?:\{([A-Za-z_]\w*)\}|([A-Za-z_]\w*)(?=[\s,)]|$))/g, (text, braced, bare) => {
      const [value = text, ...others] = known(braced ?? bare) ?? [];
      return others.length === 0 ? value : text;
    }),
  ];
}

/** Splits `a { b }` into three lines: `a {`, `b`, `}`. Braces in double quotes, or of `${`, are text. */
function splitBraces(text: string): string[][] {
  const parts = text.match(/"[^"]*"|\$\{[^{}]*\}|[{}]|[^{}"$]+|./g) ?? [];
  const lines: string[] = [''];
  for (const part of parts) {
    if (part === '}') lines.push('}', '');
    else if (part === '{') lines.push('{', '');
    else lines[lines.length - 1] += part;
  }
  return lines.map(tokensOf).filter((tokens) => tokens.length > 0);
}

/** Splits a line into tokens, which end at blanks that are not quoted; the quotes are taken off. */
function tokensOf(line: string): string[] {
  const tokens = line.match(/(?:"[^"]*"|[^\s"]|")+/g) ?? [];
  return tokens.map((token) => token.replaceAll('"', ''));
}
