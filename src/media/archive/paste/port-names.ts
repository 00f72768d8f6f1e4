/** Listings that were made without `-n`: names of ports in the place of numbers, and of hosts in that of addresses. */
import { parseAddress } from '../../../network/address-text.ts';
import { portNamed } from '../../../network/service-names.ts';
import type { OutputSection } from './sections.ts';

/** Returns the section with numbers for names; a line with a name that is not known is left out, and a doubt. */
export function withPortNumbers(section: OutputSection): OutputSection {
  const place = PLACES[section.form];
  if (place === undefined) return section;
  const doubts: string[] = [];
  const rows = section.rows.flatMap((row) => {
    const [, before = '', address = '', port = '', after = ''] = place.exec(row.text) ?? [];
    if (address === '' || address === 'RemoteAddress' || isNumeric(address, port)) return [row];
    const number = portNamed(port) ?? (/^(?:\d+|\*)$/.test(port) ? port : null);
    if (number !== null && isAddress(address))
      return [{ ...row, text: `${before}${address}:${number}${after}` }];
    doubts.push(`line ${row.line}: names in the place of numbers (without -n?)`);
    return [];
  });
  return { ...section, rows, doubts: [...section.doubts, ...doubts] };
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
