import { jsonText } from '../../formats/json-text.ts';
import type { Fleet } from '../../inventory/load.ts';
import { shownVariables } from '../../inventory/variables.ts';
import type { Json, Source } from '../../model.ts';

/**
 * Prints the inventory as `ansible-inventory --list` does, so that `-i -` reads it back. `_meta.sources` has the
 * place of each host (by the name "") and of each of its variables.
 */
export function listingText(fleet: Fleet): string {
  const { hosts } = fleet;
  const hostvars = hosts
    .filter(({ vars }) => vars.size > 0)
    .map(({ name, vars }) => [name, shownVariables(vars)] as const);
  const sources = hosts.map(({ name, source, vars }) => {
    const values = [...vars].map(([variable, { source: at }]) => [variable, formatSource(at)] as const);
    return [name, Object.fromEntries([['', formatSource(source)], ...values])] as const;
  });
  const meta = { hostvars: Object.fromEntries(hostvars), sources: Object.fromEntries(sources) };
  return `${jsonText({ ...groupsOf(fleet), _meta: meta })}\n`;
}

/** Returns the groups without their empty fields; `all` holds its hosts by its groups. */
function groupsOf({ inventory, hosts }: Fleet): Record<string, Json> {
  const wanted = new Set(hosts.map(({ name }) => name));
  const groups = [...inventory.groups.values()].map(({ name, children, hosts: own }) => {
    const members = name === 'all' ? [] : [...own].filter((host) => wanted.has(host));
    return [
      name,
      {
        ...(children.size > 0 && { children: [...children.keys()] }),
        ...(members.length > 0 && { hosts: members }),
      },
    ] as const;
  });
  return Object.fromEntries(groups.filter(([, body]) => Object.keys(body).length > 0));
}

export function formatSource({ file, line, column }: Source): string {
  return `${file}:${line}:${column}`;
}
