/**
 * The parts of keepalived's files that are withheld: arguments of scripts, passwords, keys, and definitions that are
 * named like one (keepalived.conf(5)). Written for sed, whose patterns are kept simple enough to be read as
 * JavaScript's, too. Each line begins with a blank here; a closing brace or quote stays, so that the file keeps its
 * shape.
 */
const GAP = '[[:blank:]]\\{1,\\}';
const word = (name: string) => `[[:blank:]{]${name}${GAP}`;

interface Substitution {
  pattern: string;
  replacement: string;
}

const SECRETS: readonly Substitution[] = [
  ...['misc_path', 'script', 'notify[a-z_]*', 'quorum_[a-z]*', '[a-z_]*_script'].map((name) => ({
    pattern: `\\(${word(name)}\\"\\{0,1\\}[^[:blank:]\\"{}]\\{1,\\}\\)${GAP}[^\\"{}]\\{1,\\}`,
    replacement: '\\1 (withheld)',
  })),
  ...['auth_pass', 'password'].flatMap((name) => [
    { pattern: `\\(${word(name)}\\)\\"[^\\"]*\\"`, replacement: '\\1(withheld)' },
    { pattern: `\\(${word(name)}\\)[^[:blank:]{}]\\{1,\\}`, replacement: '\\1(withheld)' },
  ]),
  { pattern: `\\(${word('key')}\\)[^[:blank:]{}][^{}]*`, replacement: '\\1(withheld)' },
  ...['[Pp][Aa][Ss][Ss]', '[Ss][Ee][Cc][Rr][Ee][Tt]', '[Tt][Oo][Kk][Ee][Nn]', '[Kk][Ee][Yy]'].map((part) => ({
    pattern: `^\\([[:blank:]]*\\$[A-Za-z0-9_]*${part}[A-Za-z0-9_]*[[:blank:]]*=\\).*`,
    replacement: '\\1(withheld)',
  })),
];

/** The scripts of sed. */
export const secrets: readonly string[] = SECRETS.map(
  ({ pattern, replacement }) => `s/${pattern}/${replacement}/`,
);

/** Does the same here to a line. */
export function blankSecrets(line: string): string {
  return READABLE.reduce(
    (text, [pattern, replacement]) => text.replace(pattern, replacement),
    ` ${line}`,
  ).slice(1);
}

/** Turns a pattern of sed into one of JavaScript's. */
export function asRegExp(pattern: string, flags = ''): RegExp {
  const text = pattern.replaceAll('[:blank:]', ' \\t').replace(/\\([(){}"|])|[()|]/g, translated);
  return new RegExp(text, flags);
}

/** Swaps groups: a group with a backslash to sed is one without to us, and the other way round. */
function translated(text: string, escaped: string | undefined): string {
  return escaped ?? `\\${text}`;
}

const READABLE = SECRETS.map(
  ({ pattern, replacement }) => [asRegExp(pattern), replacement.replace('\\1', '$1')] as const,
);
