import { printable } from '../../formats/printable.ts';
import { lastSet } from '../../inventory/connection.ts';
import type { ResolvedHost } from '../../inventory/resolve.ts';
import { SETTINGS, visibleVariables } from '../../inventory/variables.ts';
import type { Connection, Json, Target } from '../../model.ts';
import { formatSource } from './listing.ts';

type Row = readonly [name: string, value: string, place: string, variable: string];

/** Prints a host as a page: its connection, its groups, its variables, and the place of each. */
export function hostText(host: ResolvedHost, { connection }: Target): string {
  const visible = Object.entries(visibleVariables(host.vars)).sort(([a], [b]) => (a < b ? -1 : 1));
  const variables = visible.map(
    // biome-ignore lint/style/noNonNullAssertion: the visible ones are some of these variables
    ([name, value]): Row => [name, JSON.stringify(value), formatSource(host.vars.get(name)!.source), ''],
  );
  const sections = [
    `${printable(`${host.name}  ${formatSource(host.source)}`)}\ngroups: ${printable(host.groups.join(', ')) || 'none'}`,
    `connection\n${table(connectionRows(host, connection))}`,
    ...(variables.length > 0 ? [`variables\n${table(variables)}`] : []),
  ];
  return `${sections.join('\n\n')}\n`;
}

function connectionRows(host: ResolvedHost, connection: Connection): Row[] {
  return Object.entries(connection).map(([key, value]) => {
    const settings = (SETTINGS_OF[key] ?? [key]).filter(isSetting);
    const found = settings.map((setting) => lastSet(host, setting)).find((it) => it !== null);
    const place = found === undefined ? 'default' : formatSource(found.variable.source);
    return [WORDS[key] ?? key, shown(value, key), place, found?.name ?? ''];
  });
}

type Setting = keyof typeof SETTINGS;

function isSetting(name: string): name is Setting {
  return name in SETTINGS;
}

/** The settings that make a field of a connection, where their names differ from the field's. */
const SETTINGS_OF: Record<string, string[]> = {
  kind: ['connection'],
  sshOptions: ['sshExtraArgs', 'sshCommonArgs', 'sshArgs'],
};

const WORDS: Record<string, string> = { identityFile: 'key', kind: 'by', legacy: 'old algorithms' };
const NOTHING: Record<string, string> = {
  port: "ssh_config's, 22",
  user: "ssh_config's, who runs twlint",
  identityFile: "ssh_config's, the agent's, ssh's defaults",
};

function shown(value: Json, key: string): string {
  if (value === null || value === false) return NOTHING[key] ?? 'no';
  if (Array.isArray(value)) return value.join(' ');
  return value === true ? 'yes' : String(value);
}

/** Columns as wide as their widest cell, up to a limit. */
function table(rows: readonly Row[]): string {
  const clean = rows.map((row) => row.map(printable));
  const widths = [0, 1, 2].map((column) =>
    Math.min(48, Math.max(...clean.map((row) => (row[column] ?? '').length))),
  );
  return clean
    .map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd())
    .join('\n');
}
