/** The hosts of each group and of the groups below it. */
import type { Inventory } from './assemble.ts';

/** The hosts by group, in Ansible's order: the group's own, those of its children, those of their children. */
export type Members = ReadonlyMap<string, readonly string[]>;

export function resolveMembers({ groups }: Inventory): Members {
  const members = (group: string): string[] => {
    const descendants = new Set([group]);
    for (const name of descendants)
      for (const child of groups.get(name)?.children.keys() ?? []) descendants.add(child);
    return [...new Set([...descendants].flatMap((name) => [...(groups.get(name)?.hosts ?? [])]))];
  };
  return new Map([...groups.keys()].map((group) => [group, members(group)]));
}
