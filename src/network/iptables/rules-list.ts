/** Reads `iptables -t nat -S`: one table, without its name, as commands. */
import type { Table } from '../ruleset.ts';
import { joinQuotedLines } from './quoted-lines.ts';
import { parseIptablesSave, type SaveOptions } from './save.ts';

/** `-P INPUT ACCEPT`, `-N DOCKER`, `-A POSTROUTING -j MASQUERADE` */
const COMMAND = /^-(?:P \S+ (?:ACCEPT|DROP)|N \S+|A \S+ .*)/m;

export function isRulesList(text: string): boolean {
  const joined = joinQuotedLines(text);
  return COMMAND.test(joined) && !/^(?:\*\w+|COMMIT)\s*$/m.test(joined);
}

/** Throws where the table can't be told. */
export function parseRulesList(text: string, about: SaveOptions): Table[] {
  const table = tableOf(joinQuotedLines(text), about.origin);
  if (table === null)
    throw new Error(
      `${about.origin}: iptables -S does not say which table it lists: give what iptables-save prints`,
    );
  return parseIptablesSave(text, about, table);
}

/** The base chains of each table: iptables 1.8.9, iptables(8). Before linux 2.6.36, nat had no INPUT. */
const TABLES: readonly (readonly [table: string, chains: string])[] = [
  ['nat', 'INPUT OUTPUT POSTROUTING PREROUTING'],
  ['nat', 'OUTPUT POSTROUTING PREROUTING'],
  ['mangle', 'FORWARD INPUT OUTPUT POSTROUTING PREROUTING'],
  ['raw', 'OUTPUT PREROUTING'],
];

/** Tells the table by its base chains; where one chain was listed, by the file's name or by what only nat does. */
function tableOf(text: string, origin: string): string | null {
  const policies = [...text.matchAll(/^-P (\S+) /gm)].map(([, chain = '']) => chain);
  const named = /(?:^|[^a-z])(nat|mangle|raw|filter|security)(?:[^a-z]|$)/.exec(
    origin.split('/').at(-1) ?? '',
  )?.[1];
  const chains = policies.toSorted().join(' ');
  const found = TABLES.find(([, all]) => all === chains)?.[0];
  if (found) return found;
  // security has the same
  if (chains === 'FORWARD INPUT OUTPUT') return named === 'security' ? named : 'filter';
  return named ?? (/^-A .* -j (?:MASQUERADE|SNAT|DNAT|REDIRECT|NETMAP)\b/m.test(text) ? 'nat' : null);
}
