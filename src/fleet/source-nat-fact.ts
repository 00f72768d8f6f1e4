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
  const served = lackIn(node, ['nat', 'addresses', 'ipvs', 'routes']);
  const walked = lackIn(node, ['nat', 'addresses']);
  const doubts = undecided.length > 0 ? `${undecided.join(', ')} hang on what is not known` : null;
  const more = served?.reason ?? doubts;
  const isOpen = everything === null || (walked !== null && !(everything && walked.inPart));
  return {
    ok: true,
    value: {
      value: { services: services.map(shown), everything: everything ?? false },
      lines: { services: [...linesOf(read(ipvsCollector), 'services'), ...rules], everything: rules },
      unreadable: isOpen ? { everything: walked?.reason ?? 'it hangs on what is not known' } : {},
      within: more === null ? {} : { services: { partial: more } },
    },
  };
}

interface Lack {
  reason: string;
  /** True where the rest is known. */
  inPart: boolean;
}

/** Says which of these facts is missing, or a part of it. */
function lackIn(
  { missing }: NetnsNode,
  needed: readonly NetnsNode['missing'][number]['what'][],
): Lack | null {
  const ours = missing.filter(({ what }) => needed.includes(what));
  const one = ours.find(({ inPart }) => !inPart) ?? ours[0];
  return one === undefined
    ? null
    : { reason: `${one.what} is not known: ${one.reason}`, inPart: one.inPart === true };
}

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
