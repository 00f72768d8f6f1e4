/**
 * The last line of a text that does not end in a line feed: half of it may be missing, and half an address is an address,
 * too. Where the line shows that it is whole it is believed; the output is a part in any case.
 */
import { parseAddress } from '../../../network/address-text.ts';
import type { FormName } from './forms.ts';
import type { PastedLine } from './lines.ts';

/** Rows from which on the last one is not worth the doubt. */
const MANY = 20;

/** @param isOpen whether a brace or a quote is open */
export function isUnended(
  form: FormName | 'hostname',
  rows: readonly PastedLine[],
  isOpen: boolean,
): boolean {
  const { text } = rows.at(-1) ?? { text: '' };
  if (isOpen) return true;
  switch (form) {
    case 'iptables-save':
      return !/^(?:COMMIT|#)/.test(text);
    case 'iptables -S':
      return text.startsWith('-A') && !isWholeRule(text, rows);
    case 'ip address':
      return /^\s*inet/.test(text) && !rows.some((row) => isInterfaceOf(row.text, text));
    case 'ip_vs':
      return !/(?:\s+\d+){3}$/.test(text) && !SERVICE.test(text);
    case 'ipvsadm-save':
      return !/ -w \d+$| -s (?:w?rr|w?lc|lblcr?|dh|sh|sed|nq|mh|fo|ovf|twos)(?: -p \d+)?$/.test(text);
    case 'ip route':
      return !isWholeRoute(text);
    case 'ip rule':
      return !/ lookup \S+\s*$/.test(text);
    default:
      return rows.length > MANY;
  }
}

const SERVICE =
  /^(?:TCP|UDP|SCTP|FWM) +\S+ (?:w?rr|w?lc|lblcr?|dh|sh|sed|nq|mh|fo|ovf|twos)(?: +persistent \d+)?$/;

/** Tells whether an address ends with the name of the interface in this row, as it does without flags. */
function isInterfaceOf(row: string, address: string): boolean {
  const name = /^\d+: ([^@:\s]+)/.exec(row)?.[1];
  return (
    name !== undefined &&
    (address.split(/\s+/).includes(name) || / scope host( |$)| noprefixroute$/.test(address))
  );
}

const TARGETS =
  / -[jg] (?:ACCEPT|DROP|RETURN|REJECT|QUEUE|LOG|MASQUERADE|NOTRACK|REDIRECT|MARK --\S+ 0x[\da-f]+(?:\/0x[\da-f]+)?)$/;

function isWholeRule(text: string, rows: readonly PastedLine[]): boolean {
  if (TARGETS.test(text)) return true;
  const target = / -[jg] (\S+)$/.exec(text)?.[1];
  if (target !== undefined) return rows.some((row) => row.text === `-N ${target}`);
  const [, address = '', port] = / --to-(?:source|destination) ([\d.]+)(?::(\d+))?$/.exec(text) ?? [];
  return parseAddress(address) !== null && (port === undefined || port.length > 1);
}

const PAIRS =
  /^(?: +(?:via|dev|proto|scope|src|metric|table|mtu|advmss|rto_min|nhid|pref|weight|error) +\S+| +(?:onlink|linkdown|dead|pervasive))*$/;

function isWholeRoute(text: string): boolean {
  const [, rest = ' ?'] = /^(?:(?:[a-z]+ )?[\da-fA-F.:/]+|default)( .*)?$/.exec(text) ?? [];
  const source = / src (\S+)$/.exec(text)?.[1];
  return (
    PAIRS.test(rest) &&
    !/ scope (?!link$|host$|global$)\S*$| proto (?!kernel$|static$|dhcp$|boot$|bird$|ra$)\S*$/.test(text) &&
    (source === undefined || parseAddress(source) !== null)
  );
}
