import type { Table } from '../ruleset.ts';
import { parseNftText } from './text.ts';

/** The statements that empty or name tables before they are filled. */
const PREPARING =
  /^\s*(?:(?:flush ruleset|(?:flush|delete|destroy|add) table \S+ \S+)[^{]*|table \S+ [^\s{]+\s*)(?:#.*)?$/;
/** `define WAN = eth0`, `define LAN = { 10.0.0.0/8, 192.168.0.0/16 }` */
const DEFINITION = /^\s*define (\w+)\s*=\s*([^#]+?)\s*(?:#.*)?$/;

/**
 * Reads a file that nft loads: one that is written as nft lists rulesets, with definitions of one line. Throws on
 * everything else, includes among it, with the line.
 */
export function parseNftFile(text: string, origin: string): Table[] {
  const defined = new Map<string, string>();
  const rows = text.split('\n').map((raw, i) => {
    const refuse = (why: string) => new Error(`${origin}:${i + 1}: ${why}`);
    if (/^\s*include\s/.test(raw)) throw refuse('includes are not followed');
    if (/^\s*#(?! xt_\w)/.test(raw)) return '';
    const row = raw.replace(/\$(\w+)/g, (use, name: string) => {
      const value = defined.get(name);
      if (value === undefined) throw refuse(`${use} is not defined before`);
      return value;
    });
    const definition = DEFINITION.exec(row);
    if (definition === null) return PREPARING.test(row) ? '' : row;
    const [, name = '', value = ''] = definition;
    defined.set(name, value);
    return '';
  });
  return parseNftText(rows.join('\n'), origin);
}
