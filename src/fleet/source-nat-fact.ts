/** The fact `source_nat`: what the path engine says of the packets that one namespace translates. */
import ipvsCollector from '../collectors/ipvs.ts';
import natCollector from '../collectors/nat.ts';
import { type Parsed, type Type, t } from '../define.ts';
import type { HostModel, NetnsModel } from '../host/host-model.ts';
import type { Answer, Line } from '../model.ts';
import { printAddress } from '../network/address-text.ts';
import type { VirtualService } from '../network/ipvs.ts';
import { sourceNatIn } from '../network/paths/source-nat.ts';
import { type NetnsNode, withBudget } from '../network/topology/nodes.ts';
import { nodesOf } from './nodes.ts';

const service = t.object({
  protocol: t.string('`TCP`, `UDP`, `SCTP`; `FWM` by firewall mark'),
  address: t.string("'' by firewall mark"),
  port: t.int(),
  fwmark: t.int('0: none'),
});

export const sourceNatType = t.object(
  {
    services: t.list(
      service,
      'Virtual services that forward by NAT, whose clients get another source address as soon as conntrack sees them ' +
        '(`net.ipv4.vs.conntrack`). Clients are public addresses, and networks with a route out of an uplink',
    ),
    everything: t.bool(
      "Whether packets from beyond the host's networks get another source address by whichever interface they leave",
    ),
  },
  'The packets to which the rules of a namespace give another source address, as the path engine walks them.',
);

type SourceNatFact = typeof sourceNatType extends Type<infer T> ? T : never;

/** @returns the fact of each namespace, by its name */
export function sourceNatFacts(host: HostModel): ReadonlyMap<string, Answer<Parsed<SourceNatFact>>> {
  const nodes = withBudget(nodesOf(host));
  return new Map(host.namespaces.map((namespace) => [namespace.name, factIn(namespace, nodes)]));
}

function factIn({ name, read }: NetnsModel, nodes: readonly NetnsNode[]): Answer<Parsed<SourceNatFact>> {
  const node = nodes.find(({ namespace }) => namespace === name);
  if (node === undefined) return ONLY_RUNNING;
  const { services, undecided, everything } = sourceNatIn(nodes, node);
  const rules = linesOf(read(natCollector), 'source');
  const partial = node.missing.flatMap(({ inPart, reason }) => (inPart ? [reason] : [])).join('; ');
  const doubts = services.length === 0 && undecided.length > 0 ? undecided.join(', ') : null;
  const unreadable = {
    services: missingOf(node, ['nat', 'addresses', 'ipvs', 'routes']) ?? doubtOf(doubts),
    everything: missingOf(node, ['nat', 'addresses']) ?? doubtOf(everything === null ? 'it' : null),
  };
  return {
    ok: true,
    value: {
      value: { services: services.map(shown), everything: everything ?? false },
      lines: { services: [...linesOf(read(ipvsCollector), 'services'), ...rules], everything: rules },
      unreadable: Object.fromEntries(
        Object.entries(unreadable).flatMap(([word, reason]) => (reason === null ? [] : [[word, reason]])),
      ),
      ...(partial === '' ? {} : { partial }),
    },
  };
}

/** Says which of these facts is missing altogether. */
function missingOf(
  { missing }: NetnsNode,
  needed: readonly NetnsNode['missing'][number]['what'][],
): string | null {
  const one = missing.find(({ what, inPart = false }) => !inPart && needed.includes(what));
  return one === undefined ? null : `${one.what} is not known: ${one.reason}`;
}

const doubtOf = (what: string | null): string | null =>
  what === null ? null : `${what} hangs on what is not known`;

const ONLY_RUNNING: Answer<never> = {
  ok: false,
  problem: 'unsupported',
  reason: 'only a running host sends packets',
};

function linesOf(reading: Answer<{ fact: Pick<Parsed<unknown>, 'lines'> }>, word: string): Line[] {
  return reading.ok ? [reading.value.fact.lines?.[word] ?? []].flat() : [];
}

const shown = ({ protocol, address, port, fwmark }: VirtualService) => ({
  protocol,
  address: address ? printAddress(address) : '',
  port,
  fwmark,
});
