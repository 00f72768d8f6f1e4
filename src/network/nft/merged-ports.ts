/**
 * `tcp sport != 1 tcp dport != 2`: nft 1.0.6 makes one comparison of both ports of it, which holds unless both are
 * equal, and prints it as two again (`nft --debug=netlink` shows it). Other versions may mean what they print. Where
 * exactly one of the ports is equal, only the kernel knows.
 */
import type { Json } from '../../model.ts';
import type { Match } from '../ruleset.ts';
import { readPayloadField } from './fields.ts';
import { printExpression } from './print.ts';
import { asObject, shaped, tagged } from './values.ts';

/** Returns the matches of two statements that may be one; null for all others. */
export function mergedPorts(first: Json | undefined, second: Json | undefined): Match[] | null {
  if (first === undefined || second === undefined) return null;
  const [source, destination] = [first, second].map(otherPort);
  if (!source || !destination) return null;
  if (source.protocol !== destination.protocol || source.field !== 'sport' || destination.field !== 'dport')
    return null;
  const ports = [source.is, destination.is];
  const text = [first, second].map(printExpression).join(' ');
  return [
    ...source.needs,
    { kind: 'any', rows: [ports], not: true },
    {
      kind: 'any',
      rows: [ports.map((port): Match => ({ ...port, not: true })), [{ kind: 'undecided', text }]],
      not: false,
    },
  ];
}

type PortMatch = Extract<Match, { kind: 'port' }>;

/** Returns the single port of a negated match such as `tcp sport != 80`. */
function otherPort(statement: Json | undefined) {
  const [kind, match] = tagged(statement);
  const { op, left = null, right = null } = shaped(match, ['op', 'left', 'right']) ?? {};
  const { protocol, field } = asObject(tagged(left)[1]) ?? {};
  if (kind !== 'match' || op !== '!=' || typeof right !== 'number') return null;
  const known = readPayloadField(left);
  const is = known?.read([right]);
  return known && is?.kind === 'port'
    ? { protocol, field, needs: known.needs, is: is satisfies PortMatch }
    : null;
}
