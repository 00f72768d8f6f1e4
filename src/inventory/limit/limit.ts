/**
 * Evaluates `--limit 'web:&prod:!db3'`, the hosts of an inventory that are meant (Ansible 2.14,
 * inventory/manager.py). Unlike there, a term that names nothing is a mistake, and a host that was matched twice
 * counts once in `web*[1]`.
 */
import { isIPv6 } from 'node:net';
import { nearest, throwIfAny, UserError } from '../../errors.ts';
import type { Source } from '../../model.ts';
import type { Members } from '../members.ts';
import { readSourceFile } from '../source-file.ts';
import { matching } from './host-match.ts';

export interface LimitTerm {
  /** `web`, `&prod`, `!db[0]`, `~lb-\d+` */
  text: string;
  /** The place of the term; null on the command line. */
  source: Source | null;
}

/** Takes a pattern apart. `@file` stands for the lines of that file, one term each. */
export function readLimit(pattern: string, cwd: string): LimitTerm[] {
  const texts = splitPattern(pattern);
  if (texts.length === 0) throw new UserError(`--limit ${JSON.stringify(pattern)}: it names nothing`);
  return texts.flatMap((text) =>
    text.startsWith('@') ? linesOf(text.slice(1), cwd) : [{ text, source: null }],
  );
}

function linesOf(path: string, cwd: string): LimitTerm[] {
  const { name: file, text } = readSourceFile(path, cwd);
  const lines = text.split(/\r\n?|\n/).map((line, index) => ({ text: line.trim(), line: index + 1 }));
  const terms = lines.filter((line) => line.text !== '' && !line.text.startsWith('#'));
  if (terms.length === 0) throw new UserError(`--limit @${path}: the file names no host`);
  return terms.map((term) => ({ text: term.text, source: { file, line: term.line, column: 1 } }));
}

/** Splits a pattern at commas; or, where there are none, at colons outside of addresses, ports and ranges. */
function splitPattern(pattern: string): string[] {
  const isOne = isIPv6(pattern) || /^[\w.-]+:\d+$|^\[.+\]:\d+$/.test(pattern);
  const terms = pattern.includes(',')
    ? pattern.split(',')
    : isOne
      ? [pattern]
      : (pattern.match(/(?:[^\s:[\]]|\[[^\]]*\])+/g) ?? []);
  return terms.map((term) => term.trim()).filter((term) => term !== '');
}

/** A term that names no host and no group, or no host of one. */
class NamesNothing extends UserError {}

/**
 * Returns the hosts that the terms leave, in the order in which they are given. Throws UserErrors with every term
 * that is broken or names nothing.
 */
export function limitHosts<H extends { name: string }>(
  hosts: readonly H[],
  groups: Members,
  terms: readonly LimitTerm[],
): H[] {
  const errors: UserError[] = [];
  const left = leftBy(hosts, groups, terms, ({ source }, error) => {
    errors.push(new UserError(`--limit: ${error.message}`, { source, hint: error.hint, cause: error }));
  });
  throwIfAny(errors);
  if (left.length === 0)
    throw new UserError(`--limit ${terms.map(({ text }) => text).join(',')}: no host is left`);
  return left;
}

/** Returns the hosts that a pattern leaves, among hosts that may not be all: a term may name none of them. */
export function hostsNamedBy<H extends { name: string }>(
  pattern: string,
  hosts: readonly H[],
  groups: Members,
): H[] {
  const terms = splitPattern(pattern).map((text) => ({ text, source: null }));
  return leftBy(hosts, groups, terms, (_, error) => {
    if (!(error instanceof NamesNothing)) throw error;
  });
}

/** Returns what is wrong with a pattern, whatever hosts there are: null, or as an error. */
export function patternMistake(pattern: string): UserError | null {
  const terms = splitPattern(pattern);
  if (terms.length === 0) return new UserError(`${JSON.stringify(pattern)} names no host`);
  if (terms.some((term) => term.startsWith('@')))
    return new UserError(`${pattern}: only --limit takes a file`, { hint: 'name a group of the inventory' });
  try {
    for (const term of terms) matching(term.replace(/^[&!]/, ''), []);
    return null;
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
}

function leftBy<H extends { name: string }>(
  hosts: readonly H[],
  groups: Members,
  terms: readonly LimitTerm[],
  fail: (term: LimitTerm, error: UserError) => void,
): H[] {
  const names = hosts.map(({ name }) => name);
  const meant = (term: LimitTerm): Set<string> => {
    try {
      return new Set(hostsOf(term.text.replace(/^[&!]/, ''), names, groups));
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      fail(term, error);
      return new Set();
    }
  };
  const sets = terms.map((term) => ({ sign: term.text[0], hosts: meant(term) }));
  const added = sets.filter(({ sign }) => sign !== '&' && sign !== '!');
  const kept = sets.filter(({ sign }) => sign === '&');
  const removed = sets.filter(({ sign }) => sign === '!');
  return hosts.filter(
    ({ name }) =>
      (added.length === 0 || added.some((set) => set.hosts.has(name))) &&
      kept.every((set) => set.hosts.has(name)) &&
      !removed.some((set) => set.hosts.has(name)),
  );
}

/** `web[0]`, `web[-1]`, `web[1:3]` (the last included), `web[1:]` */
const SUBSCRIPT = /^([^~].*)\[(?:(-?\d+)|(\d+)[:-](\d*))\]$/s;

function hostsOf(term: string, names: readonly string[], groups: Members): readonly string[] {
  const [, pattern = term, index, first, last] = (names.includes(term) ? null : SUBSCRIPT.exec(term)) ?? [];
  const found = everyHostOf(pattern, names, groups);
  if (index === undefined && first === undefined) return found;
  const end = last === undefined || last === '' ? undefined : Number(last) + 1;
  const part = index === undefined ? found.slice(Number(first), end) : [found.at(Number(index)) ?? []].flat();
  if (part.length > 0) return part;
  throw new NamesNothing(`${term}: ${pattern} has only ${found.length} hosts`, { hint: 'the first is [0]' });
}

/** A group's name means its hosts; only a pattern, or what is no group, may be a host's name as well. */
function everyHostOf(pattern: string, names: readonly string[], groups: Members): string[] {
  if (names.includes(pattern)) return [pattern];
  const found = matching(pattern, [...groups.keys()]);
  const hosts = found.length === 0 || /^~|[.?*[]/.test(pattern) ? matching(pattern, names) : [];
  const every = [...new Set([...found.flatMap((group) => groups.get(group) ?? []), ...hosts])];
  if (found.length > 0 || every.length > 0) return every;
  const close = nearest(pattern, [...groups.keys(), ...names]);
  const hint = close ? `did you mean ${close}?` : null;
  throw new NamesNothing(`no host and no group is called ${JSON.stringify(pattern)}`, { hint });
}
