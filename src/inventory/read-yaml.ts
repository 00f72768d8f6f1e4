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
  if (isMapping(yaml.value)) readTop(reader, yaml.value);
  else complain(`an inventory is a map of groups, not ${kindOf(yaml.value)}`, yaml.at([]), TOP_HINT);
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
  if (!isGroupName(name)) return reader.complain(`${JSON.stringify(name)} can't be a group's name`, source);
  reader.statements.push({ kind: 'group', group: name, source });
  if (body === null) return;
  if (!isMapping(body)) {
    const hint = Array.isArray(body)
      ? 'put `hosts:` below the group, and below that `name:` for each host'
      : null;
    return reader.complain(`group ${name} must be a map, not ${kindOf(body)}`, reader.yaml.at(path), hint);
  }
  for (const [key, value] of Object.entries(body)) {
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
  if (body === null) return;
  if (typeof body === 'string' && section !== 'vars') {
    // As in Ansible, `hosts: lb-1` is short for a map of that one.
    const entry = { name: body, body: null, path, source: reader.yaml.at(path) };
    return readEntry(reader, group, section, entry);
  }
  if (!isMapping(body)) {
    const hint = Array.isArray(body) ? 'not `- name` but `name:`, one a line' : null;
    return reader.complain(
      `${section} of ${group} must be a map, not ${kindOf(body)}`,
      reader.yaml.at(path),
      hint,
    );
  }
  if (section === 'vars') {
    reader.statements.push({ kind: 'vars', group, vars: readVariables(reader, body, path) });
    return;
  }
  for (const [name, value] of Object.entries(body)) {
    const entryPath = [...path, name];
    const source = reader.yaml.at(entryPath, 'key');
    readEntry(reader, group, section, { name, body: value, path: entryPath, source });
  }
}

function readEntry(reader: Reader, group: string, section: 'hosts' | 'children', entry: Entry): void {
  if (section === 'hosts') return readHost(reader, group, entry);
  readGroup(reader, entry);
  reader.statements.push({ kind: 'child', group, child: entry.name, source: entry.source });
}

function readHost(reader: Reader, group: string, { name, body, path, source }: Entry): void {
  if (isSection(name)) {
    const hint = `indent \`${name}:\` as deep as \`hosts:\` above it`;
    return reader.complain(`"${name}" stands among the hosts of ${group}`, source, hint);
  }
  if (body !== null && !isMapping(body)) {
    const isIni = typeof body === 'string' && body.includes('=');
    const hint = isIni ? 'one variable a line, as in `ansible_host: 192.0.2.1`' : null;
    const message = `host ${name} must be a map of variables, not ${kindOf(body)}`;
    return reader.complain(message, reader.yaml.at(path), hint);
  }
  const { names, port } = expanded(reader, name, source);
  const own = readVariables(reader, body ?? {}, path);
  const written = { value: port, source, nameSource: source };
  const vars = port === null ? own : new Map([['ansible_port', written], ...own]);
  for (const host of names) reader.statements.push({ kind: 'host', group, host, source, vars });
}

function expanded(reader: Reader, pattern: string, source: Source): HostPattern {
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

function isMapping(value: Json): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function kindOf(value: Json): string {
  if (value === null) return 'empty';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'string' ? `the text "${value}"` : `${value}`;
}
