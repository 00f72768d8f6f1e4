/** Splits a file of nft into its statements, with the place of each. */
import { UserError } from '../errors.ts';
import type { Source } from '../model.ts';

export interface NftStatement {
  text: string;
  source: Source;
}

/** `define LAN = { 10.0.0.0/8, 192.168.0.0/16 }`: put in where it is used, as nft does. */
const DEFINITION = /^\s*define (\w+)\s*=\s*([^#]+?)\s*(?:#.*)?$/;

export function nftStatements(text: string, source: Source): NftStatement[] {
  const defined = new Map<string, string>();
  const statements: NftStatement[] = [];
  let open: { rows: string[]; line: number; depth: number } | null = null;
  for (const [i, raw] of text.split('\n').entries()) {
    const place = { ...source, line: source.line + i };
    const definition = DEFINITION.exec(raw);
    if (definition) defined.set(definition[1] ?? '', definition[2] ?? '');
    const row = definition ? '' : withValues(raw, defined, place);
    if (/^\s*include\s/.test(row))
      throw new UserError('includes are not followed', {
        source: place,
        hint: 'name that file with another --with',
      });
    const bare = row.replace(/"[^"]*"/g, '').replace(/#.*/, '');
    if (!open && bare.trim() === '') continue;
    open ??= { rows: [], line: place.line, depth: 0 };
    open.rows.push(row);
    open.depth += (bare.match(/\{/g) ?? []).length - (bare.match(/\}/g) ?? []).length;
    if (open.depth > 0 || row.endsWith('\\')) continue;
    statements.push({
      text: open.rows.join('\n').replace(/\\\n/g, ' '),
      source: { ...source, line: open.line },
    });
    open = null;
  }
  if (open) throw new UserError('a brace is not closed', { source: { ...source, line: open.line } });
  return statements;
}

function withValues(row: string, defined: ReadonlyMap<string, string>, source: Source): string {
  return row.replace(/\$(\w+)/g, (use, name: string) => {
    const value = defined.get(name);
    if (value === undefined) throw new UserError(`${use} is not defined before`, { source });
    return value;
  });
}
