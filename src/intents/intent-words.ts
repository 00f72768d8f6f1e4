/** Reads the words of an intent: who sends, to where, by whom. Each throws a UserError that says what is wrong. */
import { nearest, UserError } from '../errors.ts';
import { parseAddress, printAddress } from '../network/address-text.ts';
import { contains, parseAddresses } from '../network/addresses.ts';
import { hasPorts, PORTS, protocolNumber } from '../network/fields.ts';
import { LOOPBACK } from '../network/walk/local-addresses.ts';
import type { Destination, NodeName, SenderTerm, SourceExpectation, Who } from './intent.ts';

export const SENDER_FORMS =
  'HOST, HOST/NAMESPACE, group:NAME, an address, a network (10.0.0.0/8), outside or any; with `not` before it, all others';

/** `any`, `outside`, `group:web`, `lb-1/pod`, `10.0.0.0/8`, each with or without `not` before it. */
export function parseSender(text: string): SenderTerm {
  const [, not, who = ''] = /^(not\s+)?(.*)$/s.exec(text.trim()) ?? [];
  return { not: not !== undefined, who: parseWho(who) };
}

function parseWho(text: string): Who {
  if (text === 'any' || text === 'outside') return { kind: text };
  const set = parseAddresses(text);
  if (set !== null) return { kind: 'addresses', set };
  const name = nodeNameIn(text);
  if (name !== null) return { kind: 'nodes', ...name };
  throw new UserError(`${JSON.stringify(text)} is no sender`, {
    hint: groupMeant(text) ?? `write ${SENDER_FORMS}`,
  });
}

/** `lb-1`, `lb-1/pod`, `lb-1/*`, `group:web` */
export function parseNodeName(text: string): NodeName {
  const name = nodeNameIn(text);
  if (name !== null) return name;
  throw new UserError(`${JSON.stringify(text)} is no host`, {
    hint: groupMeant(text) ?? 'write HOST, HOST/NAMESPACE or group:NAME',
  });
}

function nodeNameIn(text: string): NodeName | null {
  const [, group, name, namespace = 'init'] = /^(group:)?([^/\s:]+)(?:\/([^/\s]+))?$/.exec(text) ?? [];
  // an address and digits are a network with a typing mistake, and not a host that is called so
  if (name === undefined || (parseAddress(name) !== null && /^\d+$/.test(namespace))) return null;
  return { text, of: group === undefined ? 'host' : 'group', name, namespace };
}

/** Returns a hint for `grp:web`. */
function groupMeant(text: string): string | null {
  const [, name] = /^[a-z]+:([^:\s]*[a-z][^:\s]*)$/i.exec(text) ?? [];
  return name === undefined ? null : `did you mean "group:${name}"?`;
}

const DESTINATION = 'write ADDRESS[:PORT][/PROTOCOL], as 10.0.0.5:5432/tcp or [2001:db8::5]:443';

/** `10.0.0.5`, `10.0.0.5:5432`, `10.0.0.5:53/udp`, `[2001:db8::5]:443/tcp`, `2001:db8::5/icmpv6` */
export function parseDestinationWord(text: string): Destination {
  const [end = '', protocolName = 'tcp', ...more] = text.split('/');
  const withPort = /^\[([^\]]+)\](?::(\d+))?$/.exec(end) ?? /^([^:]+):(\d+)$/.exec(end);
  const [, named = end, portText] = withPort ?? [];
  const address = parseAddress(named);
  if (address === null || more.length > 0)
    throw new UserError(`${JSON.stringify(text)} is no destination`, { hint: DESTINATION });
  if (contains(LOOPBACK, address))
    throw new UserError(`nobody else can send to ${printAddress(address)}`, {
      hint: 'name another address of it',
    });
  if (/^\d+$/.test(protocolName))
    throw new UserError(`${JSON.stringify(text)} is no destination`, {
      hint: 'name one address, and a protocol by its name; a network is none',
    });
  const protocol = protocolNumber(protocolName);
  if (protocol === null || protocol > 255)
    throw new UserError(`${JSON.stringify(protocolName)} is no protocol`, { hint: DESTINATION });
  const port = portText === undefined ? null : Number(portText);
  if (port !== null && (port < 1 || port > 65535))
    throw new UserError(`port ${port} is none`, { hint: 'ports are 1 to 65535' });
  if (port !== null && !hasPorts(protocol))
    throw new UserError(`${protocolName} has no ports`, { hint: `leave out :${port}` });
  return { text, address, protocol, port: port === null ? PORTS : [port, port] };
}

/** `kept`, `translated`, `10.0.0.8`, `10.0.0.8/30` */
export function parseSourceExpectation(text: string): SourceExpectation {
  if (text === 'kept' || text === 'translated') return { kind: text };
  const set = parseAddresses(text);
  if (set !== null) return { kind: 'addresses', set, text };
  const near = nearest(text, ['kept', 'translated']);
  throw new UserError(`${JSON.stringify(text)} is no source`, {
    hint: near === null ? 'write kept, translated, an address or a network' : `did you mean "${near}"?`,
  });
}
