/** Resolves ssh_config for a host: ssh_config(5), and ssh.c and readconf.c of OpenSSH 9.2. Checked against `ssh -G`. */
import type { Source } from '../../model.ts';
import { patternListMatches, patternMatches } from '../name-pattern.ts';
import { KEYWORDS } from './keywords.ts';
import { type Criterion, type Directive, type Setting, UNDECIDABLE } from './parse.ts';

export interface HostQuery {
  /** The host as one would give it to ssh. */
  host: string;
  /** The settings that count more than any file: of the command line, then of the inventory. */
  explicit: readonly Setting[];
  /** The user who runs this. */
  localUser: string;
}

export interface Resolved {
  /** The host to connect to: `HostName`, or the host itself. */
  host: string;
  /** The settings by keyword, in lower case. Most have one setting, the first that was found. */
  settings: ReadonlyMap<string, readonly Setting[]>;
  /** The conditions that could not be evaluated and may have mattered, as `Match exec`. */
  undecided: { criterion: string; place: Source }[];
}

/** One reading of the files from the first line to the last. */
interface Pass {
  /** The name that `Host` compares with. */
  host: string;
  original: string;
  localUser: string;
  final: boolean;
  found: Map<string, Setting[]>;
  wantsFinal: boolean;
  undecided: Map<Source, string>;
}

/** Resolves `files`, which are in the order in which they count: the user's, then the system's. */
export function resolveSshConfig(
  files: readonly (readonly Directive[])[],
  { host: original, explicit, localUser }: HostQuery,
): Resolved {
  const pass: Pass = {
    host: original,
    original,
    localUser,
    final: false,
    found: new Map(),
    wantsFinal: false,
    undecided: new Map(),
  };
  for (const setting of explicit) take(pass, setting);
  for (const file of files) walk(pass, file, true, false);
  const host = hostOf(pass);
  if (pass.wantsFinal) {
    const second = { ...pass, host, final: true };
    second.found.set('hostname', [{ kind: 'set', keyword: 'hostname', value: [host], place: NOWHERE }]);
    for (const file of files) walk(second, file, true, false);
  }
  const undecided = [...pass.undecided].map(([place, criterion]) => ({ criterion, place }));
  return { host, settings: pass.found, undecided };
}

/** Returns the value of a keyword that has one; null where it was not set. */
export function firstValue(settings: Resolved['settings'], keyword: string): string | null {
  return settings.get(keyword)?.[0]?.value[0] ?? null;
}

const NOWHERE: Source = { file: '', line: 0, column: 0 };

/** Returns `HostName` with its %h; names in lower case, as ssh has them from there on. */
function hostOf({ found, original }: Pass): string {
  const name = firstValue(found, 'hostname') ?? '%h';
  const host = name.replace(/%[%h]/g, (token) => (token === '%h' ? original : '%'));
  return host.toLowerCase();
}

/** Walks the directives. `never`: an `Include` of a block that does not apply; nothing in it does either. */
function walk(pass: Pass, directives: readonly Directive[], applies: boolean, never: boolean): void {
  let active = applies;
  for (const directive of directives) {
    if (directive.kind === 'host') active = !never && hostMatches(directive.patterns, pass.host);
    else if (directive.kind === 'match') active = matches(pass, directive, never);
    else if (directive.kind === 'set') {
      if (active && !never) take(pass, directive);
    } else for (const file of directive.files) walk(pass, file, active, never || !active);
  }
}

function take({ found }: Pass, setting: Setting): void {
  const { keyword, value } = setting;
  if (value.length === 0 || isRuledOut(found, keyword)) return;
  const earlier = found.get(keyword);
  if (earlier === undefined) found.set(keyword, [setting]);
  else if (KEYWORDS[keyword]?.all && !earlier.some((other) => other.value[0] === value[0]))
    earlier.push(setting);
}

/**
 * Tells whether ProxyJump or ProxyCommand is ruled out: whichever of the two comes first counts. After `ProxyJump
 * none`, a ProxyCommand counts in Debian's OpenSSH 9.2p1-2+deb12u10, and does not in 9.2p1-2+deb12u7 (`ssh -G`). It
 * counts here, so that such a host is left to the ssh that is there (ssh-needs.ts).
 */
function isRuledOut(found: Pass['found'], keyword: string): boolean {
  if (keyword === 'proxyjump') return found.has('proxycommand');
  return keyword === 'proxycommand' && found.has('proxyjump') && firstValue(found, 'proxyjump') !== 'none';
}

/** Tells whether a `Host` line matches: one pattern that matches is enough, unless a negated one does. */
function hostMatches(patterns: readonly string[], host: string): boolean {
  const negated = patterns.filter((pattern) => pattern.startsWith('!')).map((pattern) => pattern.slice(1));
  if (negated.some((pattern) => patternMatches(pattern, host))) return false;
  return patterns.some((pattern) => !pattern.startsWith('!') && patternMatches(pattern, host));
}

function matches(pass: Pass, { criteria, place }: Directive & { kind: 'match' }, never: boolean): boolean {
  if (criteria.some(({ name }) => name === 'final')) pass.wantsFinal = true;
  if (never) return false;
  const undecided = criteria.filter(({ name }) => UNDECIDABLE.includes(name));
  const decided = criteria.filter((criterion) => !undecided.includes(criterion));
  if (!decided.every((criterion) => holds(pass, criterion) !== criterion.negated)) return false;
  for (const { name } of undecided) pass.undecided.set(place, name);
  return undecided.length === 0;
}

function holds(pass: Pass, { name, patterns }: Criterion): boolean {
  const user = firstValue(pass.found, 'user') ?? pass.localUser;
  switch (name) {
    case 'host':
      return patternListMatches(patterns.toLowerCase(), hostOf(pass).toLowerCase());
    case 'originalhost':
      return patternListMatches(patterns.toLowerCase(), pass.original.toLowerCase());
    case 'user':
      return patternListMatches(patterns, user);
    case 'localuser':
      return patternListMatches(patterns, pass.localUser);
    case 'all':
      return true;
    // canonical, final
    default:
      return pass.final;
  }
}
