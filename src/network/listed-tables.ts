/**
 * A program may print nothing of a table that is there, and end well. So whoever runs it adds after the ruleset which
 * tables there were: `# listed: nat` (as /proc/net/ip_tables_names has it), `# listed: ip nat` (as `nft list tables`).
 */

const MARK = '# listed: ';

/** Returns a ruleset without these lines, and the tables that they name. */
export function apartFromListing(text: string): { ruleset: string; listed: string[] } {
  const listed: string[] = [];
  let end = text.length;
  for (;;) {
    const start = text.lastIndexOf('\n', end - 2) + 1;
    const line = text.slice(start, end).trimEnd();
    if (start === 0 && end === 0) break;
    if (!line.startsWith(MARK)) break;
    listed.unshift(line.slice(MARK.length));
    end = start;
  }
  return { ruleset: text.slice(0, end), listed };
}

/** Returns the tables of iptables-save: `*nat`. */
export const savedTables = (text: string): string[] =>
  [...text.matchAll(/^\*(\S+)\s*$/gm)].map(([, name = '']) => name);

/** Returns the tables of `nft -j list ruleset`: `{"table": {"family": "ip", "name": "nat", "handle": 1}}`. */
export const tablesInJson = (text: string): string[] =>
  [...text.matchAll(/"table"\s*:\s*(\{(?:[^{}"]|"(?:[^"\\]|\\.)*")*\})/g)].map(([, object = '']) => {
    const { family, name } = JSON.parse(object) as { family: string; name: string };
    return `${family} ${name}`;
  });
