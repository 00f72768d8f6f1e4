/** Parses the text of an ssh_config file. Pure: included files are handed in. */
import { UserError } from '../../errors.ts';
import type { Source } from '../../model.ts';
import { KEYWORDS } from './keywords.ts';
import { type ConfigLine, configLine, configLines } from './syntax.ts';

export type Directive =
  | { kind: 'host'; patterns: string[] }
  | { kind: 'match'; criteria: Criterion[]; place: Source }
  | { kind: 'include'; files: Directive[][] }
  | Setting;

/** An option with its value, as `ssh -G` prints it. */
export interface Setting {
  kind: 'set';
  keyword: string;
  value: string[];
  place: Source;
}

/** One condition of a `Match` line. */
export interface Criterion {
  negated: boolean;
  name: string;
  /** The list of patterns; empty where the criterion takes none. */
  patterns: string;
}

/** Returns the text of each file that an `Include` names. */
export type Include = (pattern: string, place: Source) => { text: string; file: string }[];

/** The most levels of `Include`: OpenSSH's READCONF_MAX_DEPTH. */
const MAX_DEPTH = 16;

/**
 * Parses a file. Mistakes go to `errors`; the lines beside them are still read. Keywords that don't matter here are
 * passed over.
 */
export function parseSshConfig(
  text: string,
  file: string,
  include: Include,
  errors: UserError[],
  depth = 0,
): Directive[] {
  return configLines(text, file, errors).flatMap((line): Directive | never[] => {
    const refuse = (message: string, hint: string | null = null) => {
      errors.push(new UserError(message, { source: line.place, hint }));
      return [];
    };
    if (line.keyword === 'host') {
      if (line.args.includes('')) return refuse('Host: an empty pattern');
      return { kind: 'host', patterns: line.args };
    }
    if (line.keyword === 'match') return parseMatch(line, refuse);
    if (line.keyword !== 'include') return parseSetting(line, errors) ?? [];
    if (depth >= MAX_DEPTH) return refuse(`Include: more than ${MAX_DEPTH} files include one another`);
    const included = line.args.flatMap((pattern) => include(pattern, line.place));
    const files = included.map((each) => parseSshConfig(each.text, each.file, include, errors, depth + 1));
    return { kind: 'include', files };
  });
}

/** Parses `Port=2222`, as it may stand after -o; null where it is none of those that matter, or a mistake. */
export function parseOption(text: string, place: Source, errors: UserError[]): Setting | null {
  const line = configLine(text, place, errors);
  return line && parseSetting(line, errors);
}

function parseSetting({ keyword, args, rest, place }: ConfigLine, errors: UserError[]): Setting | null {
  const known = KEYWORDS[keyword];
  if (known === undefined) return null;
  const checked = known.check(args, rest);
  if (checked.ok) return { kind: 'set', keyword, value: checked.value, place };
  errors.push(new UserError(`${keyword}: ${rest} is not ${checked.expected}`, { source: place }));
  return null;
}

const WITH_PATTERNS = ['host', 'originalhost', 'user', 'localuser'];
const WITHOUT = ['all', 'final', 'canonical'];
/** The criteria that only the system's ssh can evaluate: by running a program, or since OpenSSH 9.4 to 10.0. */
export const UNDECIDABLE = ['exec', 'localnetwork', 'tagged', 'version', 'sessiontype', 'command'];

type Refuse = (message: string, hint?: string | null) => never[];

function parseMatch({ rest, place }: ConfigLine, refuse: Refuse): Directive | never[] {
  const tokens = matchTokens(rest);
  if (tokens === null) return refuse('Match: a quote is not closed');
  const criteria: Criterion[] = [];
  for (let token = tokens.shift(); token !== undefined; token = tokens.shift()) {
    const negated = token.startsWith('!');
    const name = token.slice(negated ? 1 : 0).toLowerCase();
    const takesPatterns = WITH_PATTERNS.includes(name) || UNDECIDABLE.includes(name);
    if (!takesPatterns && !WITHOUT.includes(name))
      return refuse(`Match: there is no ${token}`, `known are ${[...WITH_PATTERNS, ...WITHOUT].join(', ')}`);
    const patterns = takesPatterns ? tokens.shift() : '';
    if (patterns === undefined) return refuse(`Match ${name}: its patterns are missing`);
    criteria.push({ negated, name, patterns });
  }
  const all = criteria.findIndex(({ name }) => name === 'all');
  if (all > 1 || (all >= 0 && all < criteria.length - 1))
    return refuse('Match: all comes last, after one other criterion at most');
  return { kind: 'match', criteria, place };
}

/** Splits the arguments of a `Match` line. They end at a space or at `=`; unlike elsewhere nothing is escaped. */
function matchTokens(text: string): string[] | null {
  const tokens: string[] = [];
  for (const [, quoted, plain = '', broken] of text.matchAll(/"([^"]*)"|([^ \t="]+)|(")/g)) {
    if (broken !== undefined) return null;
    if (plain.startsWith('#')) break;
    tokens.push(quoted ?? plain);
  }
  return tokens;
}
