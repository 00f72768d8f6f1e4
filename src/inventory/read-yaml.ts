/** Ansible's YAML inventory: groups at the top level, `hosts`, `children` and `vars` below each. */
import { nearest, UserError, UserErrors } from '../errors.ts';
import type { Json, Source } from '../model.ts';
import { parseYaml, type Yaml } from '../yaml.ts';
import { expandHostPattern, type HostPattern } from './host-pattern.ts';
import { HOST_NAME_HINT, isGroupName, isHostName } from './names.ts';
import type { Complain, Statement, Variable, Variables } from './statements.ts';

type Path = readonly string[];
type Mapping = Record<string, Json>;

interface Reader {
  yaml: Yaml;
  statements: Statement[];
  complain: Complain;
}

/** One name below a section, and what stands below it. */
interface Entry {
  name: string;
  body: Json;
  path: Path;
  source: Source;
}

const SECTIONS = ['hosts', 'children', 'vars'] as const;
type Section = (typeof SECTIONS)[number];
const isSection = (key: string): key is Section => (SECTIONS as readonly string[]).includes(key);

/** `file` is the name that sources and complaints show. */
export function readYamlInventory(text: string, file: string, complain: Complain): Statement[] {
  const yaml = parsed(text, file, complain);
  if (yaml === null) return [];
  const reader: Reader = { yaml, statements: [], complain };
  readTop(reader, mapping(reader, 'an inventory', yaml.value, [], TOP_HINT));
  return reader.statements;
}

const TOP_HINT = 'begin with `all:`, below it `hosts:`, below that a line `name:` for each host';

function parsed(text: string, file: string, complain: Complain): Yaml | null {
  try {
    return parseYaml(text, file, 'ansible');
  } catch (error) {
    if (!(error instanceof UserErrors)) throw error;
    for (const { message, source, hint } of error.errors) complain(message, source, hint);
    return null;
  }
}

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
    const vars = readVariables(reader, mapping(reader, `vars of ${group}`, body, path), path);
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
  const own = readVariables(reader, mapping(reader, `host ${name}`, body, path, hint), path);
  const { names, port } = expanded(reader, group, name, source);
  const written = { value: port, source, nameSource: source };
  const vars = port === null ? own : new Map([['ansible_port', written], ...own]);
  for (const host of names) reader.statements.push({ kind: 'host', group, host, source, vars });
}

function expanded(reader: Reader, group: string, pattern: string, source: Source): HostPattern {
  if (isSection(pattern)) {
    const hint = `indent \`${pattern}:\` as deep as the \`hosts:\` above it`;
    reader.complain(`"${pattern}" stands among the hosts of ${group}`, source, hint);
    return { names: [], port: null };
  }
  try {
    const expansion = expandHostPattern(pattern);
    const odd = expansion.names.find((name) => !isHostName(name));
    if (odd === undefined) return expansion;
    reader.complain(`${JSON.stringify(odd)} can't be a host's name`, source, HOST_NAME_HINT);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    reader.complain(`host ${pattern}: ${error.message}`, source);
  }
  return { names: [], port: null };
}

function readVariables({ yaml }: Reader, body: Mapping, path: Path): Variables {
  const entries = Object.entries(body).map(([name, value]): [string, Variable] => {
    const at = [...path, name];
    return [name, { value, source: yaml.at(at), nameSource: yaml.at(at, 'key') }];
  });
  return new Map(entries);
}

/** What is below a key; nothing below is an empty map, and so, after a complaint, is anything else. */
function mapping(reader: Reader, what: string, body: Json, path: Path, hint: string | null = null): Mapping {
  if (isMapping(body)) return body;
  if (body !== null)
    reader.complain(`${what} must be a map, not ${kindOf(body)}`, reader.yaml.at(path), hint);
  return {};
}

function isMapping(value: Json): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function kindOf(value: Json): string {
  if (value === null) return 'empty';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'string' ? `the text ${JSON.stringify(shortened(value))}` : String(value);
}

/** A line of a report holds so much, and what stands in a wrong place may be a secret. */
function shortened(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}...` : text;
}
