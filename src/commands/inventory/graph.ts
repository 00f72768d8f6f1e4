import { printable } from '../../formats/printable.ts';
import type { Fleet } from '../../inventory/load.ts';

/** A group in many groups is shown in each of them, which can be more than anybody reads. */
const MOST_LINES = 100_000;

/** The tree that `ansible-inventory --graph` draws, without the groups that hold no host of a limit. */
export function graphText({ inventory, members, hosts }: Fleet): string {
  const wanted = new Set(hosts.map(({ name }) => name));
  const isWhole = wanted.size === inventory.hosts.size;
  // biome-ignore lint/style/noNonNullAssertion: every group has its members
  const isShown = (group: string): boolean => isWhole || members.get(group)!.some((host) => wanted.has(host));
  const lines: string[] = [];
  const draw = (group: string, depth: number): void => {
    if (lines.length > MOST_LINES) return;
    lines.push(depth === 0 ? `@${group}:` : `${'  |'.repeat(depth)}--@${group}:`);
    // biome-ignore lint/style/noNonNullAssertion: every child is a group of the inventory
    const { children, hosts: own } = inventory.groups.get(group)!;
    for (const child of children.keys()) if (isShown(child)) draw(child, depth + 1);
    if (group === 'all') return;
    for (const host of own) if (wanted.has(host)) lines.push(`${'  |'.repeat(depth + 1)}--${host}`);
  };
  draw('all', 0);
  const rest =
    lines.length > MOST_LINES ? [`... the rest of more than ${MOST_LINES} lines is not shown`] : [];
  return [...lines.slice(0, MOST_LINES).map(printable), ...rest, ''].join('\n');
}
