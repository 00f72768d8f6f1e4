/** The fact `source_nat`: what the path engine says of the packets that one namespace translates. */
import ipvsCollector from '../collectors/ipvs.ts';
import natCollector from '../collectors/nat.ts';
import sysctlCollector from '../collectors/sysctl.ts';
import { type Parsed, type Type, t } from '../define.ts';
import type { HostModel, NetnsModel } from '../host/host-model.ts';
import type { Answer, Line } from '../model.ts';
import { printAddress } from '../network/address-text.ts';
import { printAddresses } from '../network/addresses.ts';
import type { VirtualService } from '../network/ipvs.ts';
import { type MergedClients, mergedClients } from '../network/paths/merged-clients.ts';
import { sourceNatIn } from '../network/paths/source-nat.ts';
import { type NetnsNode, withBudget } from '../network/topology/nodes.ts';
import { nodesOf } from './nodes.ts';

const RECYCLE = 'net.ipv4.tcp_tw_recycle';

const service = t.object({
  protocol: t.string('`TCP`, `UDP`, `SCTP`; `FWM` by firewall mark'),
  address: t.string("'' by firewall mark"),
  port: t.int(),
  fwmark: t.int('0: none'),
});

const merged = t.object({
  inputs: t.list(t.string(), 'The interfaces that they come in by'),
  out: t.string("The interface that they leave by; '' where this namespace's own sockets get them"),
  inside: t.bool(
    'Whether sockets of this kernel get them, in this namespace or another; else other hosts do',
  ),
  source: t.string('The address that they share; of several, networks of them'),
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
    merged: t.list(
      merged,
      'TCP clients on other hosts of whom several arrive from one address, each with a clock of its own; looked for ' +
        'where `net.ipv4.tcp_tw_recycle` is not off',
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
  const clients = mayRecycle(read(sysctlCollector)) ? mergedClients(nodes, node) : null;
  const rules = linesOf(read(natCollector), 'source');
  const served = lackIn(node, ['nat', 'addresses', 'ipvs', 'routes']);
  const walked = lackIn(node, ['nat', 'addresses']);
  const unseen = served?.reason ?? clients?.undecided ?? null;
  const doubts = undecided.length > 0 ? `${undecided.join(', ')} hang on what is not known` : null;
  const more = served?.reason ?? doubts;
  const isOpen = everything === null || (walked !== null && !(everything && walked.inPart));
  return {
    ok: true,
    value: {
      value: {
        services: services.map(shown),
        everything: everything ?? false,
        merged: clients?.merged.map(shownClients) ?? [],
      },
      lines: {
        services: [...linesOf(read(ipvsCollector), 'services'), ...rules],
        everything: rules,
        merged: clients?.merged.flatMap(({ rules: own }) => own) ?? [],
      },
      unreadable: isOpen ? { everything: walked?.reason ?? 'it hangs on what is not known' } : {},
      unsupported:
        clients === null ? { merged: 'net.ipv4.tcp_tw_recycle is off, or the kernel has none' } : {},
      within: {
        ...(more !== null && { services: { partial: more } }),
        ...(unseen !== null && { merged: { partial: unseen } }),
      },
    },
  };
}

function mayRecycle(sysctls: Answer<{ fact: Parsed<Record<string, unknown>> }>): boolean {
  if (!sysctls.ok) return true;
  const { value, partial, unreadable = {} } = sysctls.value.fact;
  const recycles = value[RECYCLE];
  return recycles === undefined ? partial !== undefined || RECYCLE in unreadable : recycles !== 0;
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

const shownClients = ({ inputs, out, end, source }: MergedClients) => ({
  inputs,
  out: out ?? '',
  inside: end === 'kernel',
  source: printAddresses(source),
});

const shown = ({ protocol, address, port, fwmark }: VirtualService) => ({
  protocol,
  address: address ? printAddress(address) : '',
  port,
  fwmark,
});
