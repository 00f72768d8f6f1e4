/** Listings that were made without `-n`: names of ports in the place of numbers, and of hosts in that of addresses. */
import { parseAddress } from '../../../network/address-text.ts';
import { portNamed } from '../../../network/service-names.ts';
import type { PastedLine } from './lines.ts';
import type { OutputSection } from './sections.ts';

/**
 * Returns the section with numbers for names; a line with a name that is not known is left out, and a doubt. With a
 * line of IPVS goes its whole service: with less servers, it would be another.
 */
export function withPortNumbers(section: OutputSection): OutputSection {
  const place = PLACES[section.form];
  if (place === undefined) return section;
  const doubts: string[] = [];
  const unread = new Set<PastedLine>();
  const rows = section.rows.flatMap((row) => {
    const [, before = '', address = '', port = '', after = ''] = place.exec(row.text) ?? [];
    if (address === '' || address === 'RemoteAddress' || isNumeric(address, port)) return [row];
    const number = portNamed(port) ?? (/^(?:\d+|\*)$/.test(port) ? port : null);
    if (number !== null && isAddress(address))
      return [{ ...row, text: `${before}${address}:${number}${after}` }];
    doubts.push(`line ${row.line}: names in the place of numbers (without -n?)`);
    unread.add(row);
    return [row];
  });
  const read = servicesIn(rows).filter((entry) => !entry.some((row) => unread.has(row)));
  return { ...section, rows: read.flat(), doubts: [...section.doubts, ...doubts] };
}

/** Splits rows where services begin; those of listings without services stay alone. */
function servicesIn(rows: readonly PastedLine[]): PastedLine[][] {
  const entries: PastedLine[][] = [];
  for (const row of rows) {
    const last = entries.at(-1);
    if (last && /^\s*-> /.test(row.text)) last.push(row);
    else entries.push([row]);
  }
  return entries;
}

/** The text before an address, the address, the port, and the text that follows. */
const PLACES: Partial<Record<OutputSection['form'], RegExp>> = {
  ip_vs: /^((?:TCP|UDP|SCTP) +|\s*-> )(\S+):([\w-]+)(.*)$/,
  sockets: /^((?:tcp +)?LISTEN +\d+ +\d+ +|tcp6? +\d+ +\d+ +)(\S+):([\w*-]+)( .*(?:LISTEN|\S).*)$/,
};

const isNumeric = (address: string, port: string) => /^(?:\d+|\*)$/.test(port) && isAddress(address);

const isAddress = (text: string) =>
  text === '*' ||
  /^[\dA-F]{8}$/.test(text) ||
  parseAddress(text.replace(/%.*$/, '').replace(/^\[(.*)\]$/, '$1')) !== null;
