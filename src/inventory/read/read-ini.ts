/**
 * Ansible's INI inventory: `[group]` with a host a line, `[group:children]` with groups, `[group:vars]` with
 * variables (Ansible 2.14, plugins/inventory/ini.py).
 */
import { nearest } from '../../errors.ts';
import type { Source } from '../../model.ts';
import { isGroupName } from '../names.ts';
import { shellWords, type Word } from '../shell-words.ts';
import type { Complain, Statement, Variable, Variables } from '../statements.ts';
import { declareHosts } from './declare-hosts.ts';
import { type GroupLedger, groupLedger } from './ini-groups.ts';
import { pythonLiteral } from './python-literal.ts';

const KINDS = ['hosts', 'children', 'vars'] as const;
type Kind = (typeof KINDS)[number];

interface Line {
  text: string;
  /** The place of a character of the text, counted from 0. */
  at(offset: number): Source;
}

interface Reader {
  statements: Statement[];
  groups: GroupLedger;
  section: { group: string; kind: Kind };
  complain: Complain;
}

/** Characters: of each, its place is noted. */
const LONGEST_LINE = 2 ** 20;
const TOO_LONG = `a line may have ${LONGEST_LINE}: are its line breaks missing?`;

/** Reads an INI inventory. `isKnown` tells whether an earlier file has a group: `[group:vars]` needs a declared one. */
export function readIniInventory(
  text: string,
  file: string,
  isKnown: (group: string) => boolean,
  complain: Complain,
): Statement[] {
  const statements: Statement[] = [];
  const groups = groupLedger(statements, isKnown, complain);
  const reader: Reader = { statements, groups, section: { group: 'ungrouped', kind: 'hosts' }, complain };
  for (const [index, raw] of text.split(/\r\n?|\n/).entries()) {
    const indent = raw.length - raw.trimStart().length;
    const at = (offset: number): Source => ({ file, line: index + 1, column: indent + offset + 1 });
    if (raw.length > LONGEST_LINE) complain(`a line of ${raw.length} characters`, at(0), TOO_LONG);
    else if (!/^\s*(?:[#;]|$)/.test(raw)) readLine(reader, { text: raw.trim(), at });
  }
  groups.close();
  return statements;
}

/** `[web:vars]   # a comment` */
const HEADER = /^\[([^:\]\s]+)(?::(\w+))?\]\s*(?:#.*)?$/;

function readLine(reader: Reader, line: Line): void {
  const [header, group = '', kind = 'hosts'] = HEADER.exec(line.text) ?? [];
  if (header !== undefined) openSection(reader, line, group, kind);
  else if (/^\[[^\]]*\]\s*(?:[;#].*)?$/.test(line.text)) {
    const hint =
      'write [group], [group:children] or [group:vars], without blanks; a comment after it begins with #';
    reader.complain(`${JSON.stringify(line.text)} is no section`, line.at(0), hint);
  } else if (reader.section.kind === 'hosts') readHost(reader, line);
  else if (reader.section.kind === 'children') readChild(reader, line);
  else readVariable(reader, line);
}

function openSection(reader: Reader, line: Line, group: string, kind: string): void {
  if (!isGroupName(group)) {
    reader.complain("this can't be a group's name", line.at(1));
    return;
  }
  if (isKind(kind)) {
    reader.section = { group, kind };
    reader.groups.open(group, kind === 'vars', line.at(1));
    return;
  }
  const meant = nearest(kind, KINDS);
  const hint = meant ? `did you mean [${group}:${meant}]?` : 'there are :hosts, :children and :vars';
  reader.complain(`[${group}:${kind}]: there are no sections of that kind`, line.at(group.length + 2), hint);
}

function isKind(kind: string): kind is Kind {
  return (KINDS as readonly string[]).includes(kind);
}

/** `lb-1 ansible_host=192.0.2.1 note="two words"   # a comment` */
function readHost({ statements, section, complain }: Reader, line: Line): void {
  const { words, broken } = shellWords(line.text);
  if (broken !== null) complain(broken.message, line.at(broken.at), broken.hint);
  const [name, ...assignments] = words;
  if (name === undefined || broken !== null) return;
  const source = line.at(name.start);
  const error = nameError(name.text);
  if (error !== null) {
    complain(error.message, source, error.hint);
    return;
  }
  const odd = assignments.find((word) => word.text.indexOf('=') < 1);
  if (odd === undefined) {
    const vars = new Map(assignments.map((word) => assigned(word, line)));
    declareHosts(statements, { group: section.group, pattern: name.text, source, vars }, complain);
  } else complain('this is no name=value', line.at(odd.start), ASSIGNMENT_HINT);
}

const ASSIGNMENT_HINT =
  'a host stands alone on its line, with its variables as name=value, without blanks around the =';

function nameError(name: string): { message: string; hint: string } | null {
  if (/^\w+=/.test(name))
    return {
      message: `${name.replace(/=.*/, '')} is set among hosts`,
      hint: 'variables of a group stand below [group:vars]',
    };
  if (!name.endsWith(':')) return null;
  const hint = 'in an INI inventory a host stands without a colon; a file in YAML begins with `all:`';
  return { message: `a host's name can't end in a colon: ${name}`, hint };
}

function assigned(word: Word, line: Line): [string, Variable] {
  const equals = word.text.indexOf('=');
  const text = word.text.slice(equals + 1);
  // an empty value stands behind the =
  // biome-ignore lint/style/noNonNullAssertion: an assignment has an =
  const at = word.offsets[equals + 1 + quoteOf(text)] ?? word.offsets[equals]! + 1;
  const variable = { value: pythonLiteral(text), source: line.at(at), nameSource: line.at(word.start) };
  return [word.text.slice(0, equals), variable];
}

/** A quoted value begins after its quote, as in YAML. */
function quoteOf(text: string): number {
  return /^(['"]).*\1$/.test(text) ? 1 : 0;
}

function readChild({ groups, section, complain }: Reader, line: Line): void {
  // `web   # a comment`
  const [, name] = /^([^:\]\s]+)\s*(?:#.*)?$/.exec(line.text) ?? [];
  if (name !== undefined && isGroupName(name)) groups.adopt(section.group, name, line.at(0));
  else complain("this can't be a group's name", line.at(0), 'one group a line');
}

/** Reads `name = value` up to the end of the line, so that a comment is part of a text (but not of a number). */
function readVariable({ statements, section, complain }: Reader, line: Line): void {
  const equals = line.text.indexOf('=');
  const name = line.text.slice(0, Math.max(equals, 0)).trimEnd();
  const value = line.text.slice(equals + 1).trimStart();
  if (name === '') {
    complain('this is no name=value', line.at(0), 'a variable a line, as in ansible_user=audit');
    return;
  }
  const source = line.at(line.text.length - value.length + quoteOf(value));
  const vars: Variables = new Map([[name, { value: pythonLiteral(value), source, nameSource: line.at(0) }]]);
  statements.push({ kind: 'vars', group: section.group, vars });
}
