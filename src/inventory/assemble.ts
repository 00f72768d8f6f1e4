/** Joins the statements of all files into groups and hosts, and finds groups that contain each other. */
import type { Source } from '../model.ts';
import type { Complain, Statement, Variable, Variables } from './statements.ts';

interface Group {
  name: string;
  /** By name; the place of the membership. null: it has none, the group is in `all` because every group is. */
  children: Map<string, Source | null>;
  hosts: Set<string>;
  vars: Map<string, Variable>;
  /** `ansible_group_priority`: of groups equally deep, the higher one wins. */
  priority: number;
}

interface DeclaredHost {
  name: string;
  /** The place of the first declaration. */
  source: Source;
  vars: Map<string, Variable>;
}

export interface Inventory {
  groups: Map<string, Group>;
  /** The hosts in the order of their first declarations. */
  hosts: Map<string, DeclaredHost>;
}

/** A depth beyond any tree of groups that a person can follow. */
const DEEPEST = 200;

/** Makes an inventory of statements. A later value of a variable replaces an earlier one. */
export function assemble(statements: readonly Statement[], complain: Complain): Inventory {
  const inventory: Inventory = { groups: new Map(), hosts: new Map() };
  groupOf(inventory, 'all').children.set('ungrouped', null);
  groupOf(inventory, 'ungrouped');
  for (const statement of statements) apply(inventory, statement, complain);
  adoptOrphans(inventory);
  settleUngrouped(inventory);
  complainOfLoops(inventory, complain);
  return inventory;
}

function apply(inventory: Inventory, statement: Statement, complain: Complain): void {
  const group = groupOf(inventory, statement.group);
  if (statement.kind === 'vars') setGroupVariables(group, statement.vars, complain);
  if (statement.kind === 'host') declareHost(inventory, group, statement);
  if (statement.kind === 'child') {
    groupOf(inventory, statement.child);
    if (!group.children.has(statement.child)) group.children.set(statement.child, statement.source);
  }
}

function groupOf({ groups }: Inventory, name: string): Group {
  const group = groups.get(name) ?? {
    name,
    children: new Map(),
    hosts: new Set(),
    vars: new Map(),
    priority: 1,
  };
  groups.set(name, group);
  return group;
}

function declareHost({ hosts }: Inventory, group: Group, statement: Statement & { kind: 'host' }): void {
  const { host: name, source, vars, port } = statement;
  // as in Ansible, `name:2222` sets the port where the host is declared first
  const ports = port === null ? [] : [['ansible_port', port] as const];
  const host = hosts.get(name) ?? { name, source, vars: new Map(ports) };
  hosts.set(name, host);
  group.hosts.add(name);
  for (const [key, variable] of vars) host.vars.set(key, variable);
}

function setGroupVariables(group: Group, vars: Variables, complain: Complain): void {
  for (const [key, variable] of vars) {
    if (key !== 'ansible_group_priority') group.vars.set(key, variable);
    else if (Number.isInteger(Number(variable.value ?? NaN))) group.priority = Number(variable.value);
    else complain('ansible_group_priority must be a whole number', variable.source);
  }
}

/** Every group without a parent is in `all`. */
function adoptOrphans(inventory: Inventory): void {
  const { groups } = inventory;
  const adopted = new Set([...groups.values()].flatMap((group) => [...group.children.keys()]));
  const all = groupOf(inventory, 'all');
  for (const name of groups.keys()) {
    if (name !== 'all' && !adopted.has(name)) all.children.set(name, null);
  }
}

/** `ungrouped` holds the hosts that are in no other group than `all`, whoever put them there. */
function settleUngrouped(inventory: Inventory): void {
  const { groups, hosts } = inventory;
  const named = [...groups.values()].filter(({ name }) => name !== 'all' && name !== 'ungrouped');
  const grouped = new Set(named.flatMap((group) => [...group.hosts]));
  const ungrouped = groupOf(inventory, 'ungrouped');
  for (const host of ungrouped.hosts) if (grouped.has(host)) ungrouped.hosts.delete(host);
  for (const host of hosts.keys()) if (!grouped.has(host)) ungrouped.hosts.add(host);
}

/** Reports groups that contain each other, and leaves out the membership that closes the loop. */
function complainOfLoops(inventory: Inventory, complain: Complain): void {
  const done = new Set<string>();
  const visit = (name: string, above: readonly string[]): void => {
    if (done.has(name)) return;
    const trail = [...above, name];
    const { children } = groupOf(inventory, name);
    if (trail.length > DEEPEST) {
      complain(`groups are nested more than ${DEEPEST} deep: ${trail.slice(0, 3).join(' > ')} > ...`, null);
      children.clear();
    }
    for (const [child, source] of [...children]) {
      if (trail.includes(child)) {
        const circle = [...trail.slice(trail.indexOf(child)), child].join(' > ');
        const hint = child === 'all' ? 'all holds every group; no group can hold all' : null;
        complain(`groups contain each other: ${circle}`, source, hint);
        children.delete(child);
      } else visit(child, trail);
    }
    done.add(name);
  };
  for (const name of inventory.groups.keys()) visit(name, []);
}
