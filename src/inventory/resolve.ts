/**
 * Resolves the variables that a host inherits, with Ansible's precedence: all < group < child group < group_vars/all
 * < group_vars < host < host_vars. Of groups equally deep the one with the higher `ansible_group_priority` wins, then
 * the one that comes later in the alphabet. Files beside a later inventory beat those beside an earlier one, whatever
 * their groups. Below all of them are -u and -b of the command line, above all -e. (Ansible 2.14: inventory/group.py, inventory/helpers.py `sort_groups`, vars/manager.py `get_vars`.)
 */
import type { Source } from '../model.ts';
import type { Inventory } from './assemble.ts';
import { type GivenVariables, NOTHING_GIVEN } from './given-variables.ts';
import type { Variable, Variables } from './statements.ts';
import type { VarsFolder } from './vars-folders.ts';

export interface ResolvedHost {
  name: string;
  source: Source;
  /** Sorted, without `all` and `ungrouped`. */
  groups: string[];
  vars: Variables;
}

export function resolve(
  inventory: Inventory,
  folders: readonly VarsFolder[],
  { usual, extra }: GivenVariables = NOTHING_GIVEN,
): ResolvedHost[] {
  const parents = parentsOf(inventory);
  const direct = directGroupsOf(inventory);
  const inherit = memo((names: string) => inheritance(inventory, folders, parents, names.split(SEPARATOR)));
  return [...inventory.hosts.values()].map(({ name, source, vars }) => {
    const { groups, groupVars } = inherit((direct.get(name) ?? []).join(SEPARATOR));
    const folderVars = folders.flatMap(({ hosts }) => [...(hosts.get(name) ?? [])]);
    return {
      name,
      source,
      groups,
      vars: new Map([...usual, ...groupVars, ...vars, ...folderVars, ...extra]),
    };
  });
}

/** A separator that no group's name contains: names have no control characters. */
const SEPARATOR = '\0';
const IMPLIED = ['all', 'ungrouped'];

interface Inheritance {
  groups: string[];
  groupVars: Map<string, Variable>;
}

/** Most hosts of a fleet share their groups with many others, so this is worked out once for each set of groups. */
function inheritance(
  inventory: Inventory,
  folders: readonly VarsFolder[],
  parents: Parents,
  direct: readonly string[],
): Inheritance {
  const names = [...new Set(['all', ...direct.flatMap((name) => [...ancestry(parents, name)])])];
  const depth = memo(
    (name: string): number => Math.max(-1, ...(parents.get(name) ?? []).map((parent) => depth(parent))) + 1,
  );
  const weakestFirst = names
    .flatMap((name) => inventory.groups.get(name) ?? [])
    .sort((a, b) => depth(a.name) - depth(b.name) || a.priority - b.priority || compare(a.name, b.name));
  const folderVars = (group: string) => folders.flatMap(({ groups }) => [...(groups.get(group) ?? [])]);
  const folderGroupVars = folders.flatMap(({ groups }) =>
    weakestFirst.filter(({ name }) => name !== 'all').flatMap(({ name }) => [...(groups.get(name) ?? [])]),
  );
  return {
    groups: names.filter((name) => !IMPLIED.includes(name)).sort(compare),
    groupVars: new Map([
      ...weakestFirst.flatMap(({ vars }) => [...vars]),
      ...folderVars('all'),
      ...folderGroupVars,
    ]),
  };
}

type Parents = ReadonlyMap<string, readonly string[]>;

function parentsOf({ groups }: Inventory): Parents {
  const parents = new Map<string, string[]>();
  for (const group of groups.values()) {
    for (const child of group.children.keys())
      parents.set(child, [...(parents.get(child) ?? []), group.name]);
  }
  return parents;
}

function ancestry(parents: Parents, name: string): Set<string> {
  const found = new Set([name]);
  for (const group of found) for (const parent of parents.get(group) ?? []) found.add(parent);
  return found;
}

/** The groups that hold each host by name, without `all`. */
function directGroupsOf({ groups, hosts }: Inventory): Map<string, string[]> {
  const direct = new Map([...hosts.keys()].map((host) => [host, [] as string[]]));
  for (const group of groups.values()) {
    // biome-ignore lint/style/noNonNullAssertion: the hosts of groups are declared
    if (group.name !== 'all') for (const host of group.hosts) direct.get(host)!.push(group.name);
  }
  return direct;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

function memo<T>(make: (key: string) => T): (key: string) => T {
  const known = new Map<string, T>();
  return (key) => {
    const value = known.get(key) ?? make(key);
    known.set(key, value);
    return value;
  };
}
