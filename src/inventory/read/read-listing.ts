/**
 * Reads the output of `ansible-inventory --list` and inventory programs: groups with lists of hosts and children, and
 * `_meta.hostvars` (Ansible 2.14, plugins/inventory/script.py).
 */
import type { Json, Source } from '../../model.ts';
import type { Yaml } from '../../yaml.ts';
import { WITHHELD } from '../../yaml-scalar.ts';
import { HOST_NAME_HINT, isGroupName, isHostName } from '../names.ts';
import type { Complain, Statement, Variable, Variables } from '../statements.ts';
import { isMapping, kindOf, type Mapping, type Path, variablesAt } from '../tree.ts';

interface Reader {
  yaml: Yaml;
  statements: Statement[];
  complain: Complain;
  hostVars: Mapping;
  /** The hosts whose variables are among the statements. */
  declared: Set<string>;
}

/** Ansible's YAML layout, which may be written as JSON too, has maps where this has lists. */
export function isListing(value: Json): value is Mapping {
  if (!isMapping(value)) return false;
  const hasList = (body: Json): boolean =>
    Array.isArray(body) || (isMapping(body) && (Array.isArray(body.hosts) || Array.isArray(body.children)));
  return isMapping(value._meta) || Object.values(value).some(hasList);
}

/** Reads a listing. As in Ansible, hosts of `_meta.hostvars` that are in no group are not in the inventory. */
export function readListing(yaml: Yaml, complain: Complain): Statement[] {
  const reader: Reader = { yaml, statements: [], complain, hostVars: {}, declared: new Set() };
  const { _meta: meta, ...groups } = mapping(reader, 'a listing', yaml.value, []);
  if (isMapping(meta)) reader.hostVars = mapping(reader, 'hostvars', meta.hostvars, ['_meta', 'hostvars']);
  for (const [name, body] of Object.entries(groups)) readGroup(reader, name, body);
  return reader.statements;
}

function readGroup(reader: Reader, name: string, body: Json): void {
  const source = reader.yaml.at([name], 'key');
  if (!isGroupName(name)) reader.complain(`${JSON.stringify(name)} can't be a group's name`, source);
  reader.statements.push({ kind: 'group', group: name, source });
  if (!isMapping(body)) readHosts(reader, name, body, [name]);
  else if ('hosts' in body || 'vars' in body || 'children' in body) readSections(reader, name, body);
  else {
    // short for a host with variables, in a group of the same name
    declare(reader, name, name, source);
    const vars = unwrapped(variablesAt(reader.yaml, body, [name]));
    reader.statements.push({ kind: 'vars', group: name, vars });
  }
}

function readSections(reader: Reader, name: string, { hosts, vars, children }: Mapping): void {
  readHosts(reader, name, hosts, [name, 'hosts']);
  const path = [name, 'vars'];
  const own = variablesAt(reader.yaml, mapping(reader, `vars of ${name}`, vars, path), path);
  reader.statements.push({ kind: 'vars', group: name, vars: unwrapped(own) });
  for (const { word: child, source } of namesIn(reader, `children of ${name}`, children, [
    name,
    'children',
  ])) {
    reader.statements.push({ kind: 'group', group: child, source });
    reader.statements.push({ kind: 'child', group: name, child, source });
  }
}

function readHosts(reader: Reader, group: string, hosts: Json | undefined, path: Path): void {
  for (const { word, source } of namesIn(reader, `hosts of ${group}`, hosts, path))
    declare(reader, group, word, source);
}

function declare(reader: Reader, group: string, host: string, source: Source): void {
  if (!isHostName(host)) {
    reader.complain(`${JSON.stringify(host)} can't be a host's name`, source, HOST_NAME_HINT);
    return;
  }
  const vars = variablesOf(reader, host);
  reader.statements.push({ kind: 'host', group, host, source, vars, port: null });
}

/** Once is enough, however many groups hold the host. */
function variablesOf(reader: Reader, host: string): Variables {
  if (reader.declared.has(host) || !Object.hasOwn(reader.hostVars, host)) return new Map();
  reader.declared.add(host);
  const path = ['_meta', 'hostvars', host];
  const body = mapping(reader, `variables of ${host}`, reader.hostVars[host], path);
  return unwrapped(variablesAt(reader.yaml, body, path));
}

function namesIn(
  { yaml, complain }: Reader,
  what: string,
  list: Json | undefined,
  path: Path,
): { word: string; source: Source }[] {
  if (list === undefined || list === null) return [];
  if (!Array.isArray(list)) {
    complain(`${what} must be a list, not ${kindOf(list)}`, yaml.at(path));
    return [];
  }
  return list.flatMap((word, index) => {
    const source = yaml.at([...path, index]);
    if (typeof word === 'string') return [{ word, source }];
    complain(`${what} must be names, not ${kindOf(word)}`, source);
    return [];
  });
}

function mapping({ yaml, complain }: Reader, what: string, body: Json | undefined, path: Path): Mapping {
  if (isMapping(body)) return body;
  if (body !== undefined && body !== null)
    complain(`${what} must be a map, not ${kindOf(body)}`, yaml.at(path));
  return {};
}

function unwrapped(vars: Variables): Variables {
  return new Map(
    [...vars].map(([name, variable]): [string, Variable] => [
      name,
      { ...variable, value: plain(variable.value) },
    ]),
  );
}

/** JSON has no tags, so Ansible writes `!vault` and `!unsafe` as maps (parsing/ajson.py). */
function plain(value: Json): Json {
  if (Array.isArray(value)) return value.map(plain);
  if (!isMapping(value)) return value;
  if ('__ansible_vault' in value) return WITHHELD;
  const { __ansible_unsafe: unsafe } = value;
  if (unsafe !== undefined) return unsafe;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
}
