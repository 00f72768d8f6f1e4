/** Ansible's YAML inventory: groups at the top level, `hosts`, `children` and `vars` below each. */
import { nearest } from '../../errors.ts';
import type { Json, Source } from '../../model.ts';
import type { Yaml } from '../../yaml.ts';
import { isGroupName } from '../names.ts';
import type { Complain, Statement } from '../statements.ts';
import { isMapping, kindOf, type Mapping, type Path, variablesAt } from '../tree.ts';
import { declareHosts } from './declare-hosts.ts';

interface Reader {
  yaml: Yaml;
  statements: Statement[];
  complain: Complain;
}

/** One name below a section, and the data below it. */
interface Entry {
  name: string;
  body: Json;
  path: Path;
  source: Source;
}

const SECTIONS = ['hosts', 'children', 'vars'] as const;
type Section = (typeof SECTIONS)[number];
const isSection = (key: string): key is Section => (SECTIONS as readonly string[]).includes(key);

export function readYamlInventory(yaml: Yaml, complain: Complain): Statement[] {
  const reader: Reader = { yaml, statements: [], complain };
  readTop(reader, mapping(reader, 'an inventory', yaml.value, [], TOP_HINT));
  return reader.statements;
}

const TOP_HINT = 'begin with `all:`, below it `hosts:`, below that a line `name:` for each host';

/** A bare `hosts:` (and `children:`, `vars:` beside it) at the top is short for the same below `all:`. */
function readTop(reader: Reader, top: Mapping): void {
  if (typeof top.plugin === 'string') {
    const message = `this configures Ansible's inventory plugin ${top.plugin}; it is no inventory itself`;
    const hint = 'let Ansible ask it: ansible-inventory -i FILE --list --yaml > hosts.yaml';
    reader.complain(message, reader.yaml.at(['plugin']), hint);
    return;
  }
  for (const [key, value] of Object.entries(top)) {
    if (isSection(key)) readSection(reader, 'all', key, value, [key]);
    else readGroup(reader, { name: key, body: value, path: [key], source: reader.yaml.at([key], 'key') });
  }
}

function readGroup(reader: Reader, { name, body, path, source }: Entry): void {
  if (!isGroupName(name)) reader.complain(`${JSON.stringify(name)} can't be a group's name`, source);
  reader.statements.push({ kind: 'group', group: name, source });
  const hint = Array.isArray(body)
    ? 'put `hosts:` below the group, and below that `name:` for each host'
    : null;
  const sections = mapping(reader, `group ${name}`, body, path, hint);
  for (const [key, value] of Object.entries(sections)) {
    if (isSection(key)) readSection(reader, name, key, value, [...path, key]);
    else complainOfKey(reader, name, key, [...path, key]);
  }
}

function complainOfKey(reader: Reader, group: string, key: string, path: Path): void {
  const meant = nearest(key, SECTIONS);
  const hint = meant
    ? `did you mean \`${meant}:\`?`
    : 'hosts go below `hosts:`, groups below `children:`, variables below `vars:`';
  reader.complain(`group ${group} can't hold "${key}"`, reader.yaml.at(path, 'key'), hint);
}

function readSection(reader: Reader, group: string, section: Section, body: Json, path: Path): void {
  if (section === 'vars') {
    const vars = variablesAt(reader.yaml, mapping(reader, `vars of ${group}`, body, path), path);
    reader.statements.push({ kind: 'vars', group, vars });
  } else {
    for (const entry of entriesOf(reader, `${section} of ${group}`, body, path)) {
      if (section === 'hosts') readHost(reader, group, entry);
      else readChild(reader, group, entry);
    }
  }
}

function entriesOf(reader: Reader, what: string, body: Json, path: Path): Entry[] {
  // As in Ansible, `hosts: lb-1` is short for a map of that one.
  if (typeof body === 'string') return [{ name: body, body: null, path, source: reader.yaml.at(path) }];
  const hint = Array.isArray(body) ? 'not `- name` but `name:`, one a line' : null;
  return Object.entries(mapping(reader, what, body, path, hint)).map(([name, value]) => {
    const entryPath = [...path, name];
    return { name, body: value, path: entryPath, source: reader.yaml.at(entryPath, 'key') };
  });
}

function readChild(reader: Reader, group: string, entry: Entry): void {
  readGroup(reader, entry);
  reader.statements.push({ kind: 'child', group, child: entry.name, source: entry.source });
}

function readHost(reader: Reader, group: string, { name, body, path, source }: Entry): void {
  const isIni = typeof body === 'string' && body.includes('=');
  const hint = isIni ? 'one variable a line, as in `ansible_host: 192.0.2.1`' : null;
  const vars = variablesAt(reader.yaml, mapping(reader, `host ${name}`, body, path, hint), path);
  if (isSection(name)) {
    const unindent = `indent \`${name}:\` as deep as the \`hosts:\` above it`;
    reader.complain(`"${name}" stands among the hosts of ${group}`, source, unindent);
  } else declareHosts(reader.statements, { group, pattern: name, source, vars }, reader.complain);
}

/** Returns the map below a key; nothing below is an empty map, and so, after an error, is anything else. */
function mapping(reader: Reader, what: string, body: Json, path: Path, hint: string | null = null): Mapping {
  if (isMapping(body)) return body;
  if (body !== null)
    reader.complain(`${what} must be a map, not ${kindOf(body)}`, reader.yaml.at(path), hint);
  return {};
}
