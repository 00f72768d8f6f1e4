/** Replies that come to whoever asked from an address that was not asked: its kernel knows no such connection. */
import { printAddress } from '../network/address-text.ts';
import { contains, printAddresses } from '../network/addresses.ts';
import { TCP } from '../network/fields.ts';
import { isCertain, type Trace } from '../network/trace/trace.ts';
import type { LikelyCause, Ranked } from './cause.ts';
import type { Ways } from './ways.ts';

/** Returns the answers that bear another source than the packets were sent to. */
export function foreignReplies(ways: Ways): Ranked[] {
  const { back, question } = ways;
  // who answers from outside is a stranger to us, and need be none to others
  const traces = back.flatMap((replies) => (replies.isSure ? replies.traces : []));
  const strange = traces.filter(
    (trace) => isOver(trace) && !contains(trace.packets.source, question.destination),
  );
  const [first] = strange;
  if (first === undefined) return [];
  const certain = strange.length === traces.length && isSure(ways);
  const [asked, from] = [printAddress(question.destination), printAddresses(first.packets.source, 4)];
  const end = first.hops[0]?.node;
  const way = first.hops.map(({ node }) => node.name).join(' → ');
  const cause: LikelyCause = {
    certainty: certain ? 'certain' : 'possible',
    title: 'The answers do not come back through the host that translated the address',
    host: end?.host ?? '',
    namespace: end?.namespace ?? null,
    message: `The packets were sent to ${asked}, and the answers come from ${from} (${way}): nobody gives them the address back, and the client refuses them`,
    evidence: [],
    remedy: {
      text: 'Lead the answers back through the host that changed the destination: let it be the default route of the server, or let it masquerade',
      commands: [],
    },
    rule: null,
  };
  return [{ rank: certain ? 'way' : 'open', cause }];
}

const isOver = ({ ending }: Trace) => ending === 'delivered' || ending === 'exits-fleet';

/**
 * Tells whether all answers, which clients of UDP may take from anybody, come home past whoever translated. A router that
 * is not of the fleet may yet lead them there, and what is bridged on that host may be shown to it all the same
 * (net.bridge.bridge-nf-call-iptables).
 */
function isSure({ there, back, sender, question }: Ways): boolean {
  const translators = there.flatMap(({ hops }) =>
    hops.flatMap(({ node, outcome }) => (outcome.destination === null ? [] : [node.host])),
  );
  const answers = back.flatMap(({ traces }) => traces);
  return (
    question.protocol === TCP &&
    there.every((trace) => trace.ending === 'delivered' && isCertain(trace)) &&
    answers.every((trace) => {
      const [from, to] = [trace.hops.at(0)?.node, trace.hops.at(-1)?.node];
      const isHome = trace.ending === 'delivered' && to === sender;
      return isHome && isCertain(trace) && from !== undefined && !translators.includes(from.host);
    })
  );
}
