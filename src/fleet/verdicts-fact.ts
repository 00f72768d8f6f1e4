/** The fact `verdicts`: what becomes of some packets that matter, as the path engine walks them through one namespace. */
import { type Parsed, type Type, t } from '../define.ts';
import type { HostModel } from '../host/host-model.ts';
import type { Answer, Line } from '../model.ts';
import { ALL4, toCidrs } from '../network/addresses.ts';
import { loopbackReach } from '../network/paths/loopback-reach.ts';
import { type FilterDrop, lostForwards, lostFromContainers } from '../network/paths/lost-packets.ts';
import { missingFor, type NetnsNode, withBudget } from '../network/topology/nodes.ts';
import { nodesOf } from './nodes.ts';

const end = {
  in: t.string('The interface that they come in by'),
  backend: t.string('Of the chain that drops them: `legacy`, `nft` (iptables on nf_tables) or `nftables`'),
  family: t.string('`ip`, `ip6` or `inet`'),
  table: t.string(),
  chain: t.string(),
  rule: t.string("The rule that drops them, as printed; '' where the chain's policy does"),
};

export const verdictsType = t.object(
  {
    containers: t.list(
      t.object({ ...end, sources: t.list(t.string(), 'Their networks, as CIDRs') }),
      'Bridges of containers whose TCP connections to public addresses are all dropped by filter rules, though rules of ' +
        'nat name their networks',
    ),
    forwards: t.list(
      t.object({ ...end, dnat: t.string('The rule that gives them another destination') }),
      'Rules that send TCP connections on from the network, each of which filter rules then drop',
    ),
    loopback: t.list(
      t.object({ in: t.string('The interface that they come in by'), port: t.int() }),
      'Programs that listen on 127.0.0.0/8 and get packets of neighbours all the same',
    ),
  },
  'What becomes of packets that matter, as the path engine walks them, with IPv4.',
);

type VerdictsFact = typeof verdictsType extends Type<infer T> ? T : never;

/** @returns the fact of each namespace, by its name */
export function verdictsFacts(host: HostModel): ReadonlyMap<string, Answer<Parsed<VerdictsFact>>> {
  const nodes = withBudget(nodesOf(host));
  return new Map(
    host.namespaces.map(({ name }) => {
      const node = nodes.find(({ namespace }) => namespace === name);
      return [name, node === undefined ? ONLY_RUNNING : factOf(node)];
    }),
  );
}

const ONLY_RUNNING: Answer<never> = {
  ok: false,
  problem: 'unsupported',
  reason: 'only a running host passes packets on',
};

/** A rule that was not seen may come before those that were, and let packets pass. */
function factOf(node: NetnsNode): Answer<Parsed<VerdictsFact>> {
  const [missing] = missingFor(node, ALL4);
  if (missing !== undefined)
    return { ok: false, problem: 'denied', reason: `${missing.what} is not known: ${missing.reason}` };
  const containers = lostFromContainers(node.net);
  const forwards = lostForwards(node.net);
  const sockets = node.listeners;
  return {
    ok: true,
    value: {
      value: {
        containers: containers.map(({ input, sources, at }) => ({
          ...shown(input, at),
          sources: toCidrs(sources),
        })),
        forwards: forwards.map(({ input, rule, at }) => ({ ...shown(input, at), dnat: rule.text })),
        loopback: loopbackReach(node).map(({ input, port }) => ({ in: input, port })),
      },
      lines: {
        containers: containers.flatMap(({ at }) => linesOf(at)),
        forwards: forwards.flatMap(({ rule, at }) => [...linesOf(at), rule]),
      },
      ...(sockets?.isWhole
        ? {}
        : { within: { loopback: { partial: 'not all sockets that listen are known' } } }),
    },
  };
}

function shown(input: string, { table, chain, ...at }: FilterDrop) {
  const rule = at.kind === 'rule' ? at.rule.text : '';
  return {
    in: input,
    backend: table.backend,
    family: table.family,
    table: table.name,
    chain: chain.name,
    rule,
  };
}

function linesOf(at: FilterDrop): Line[] {
  if (at.kind === 'rule') return [at.rule];
  const [first] = at.chain.rules;
  const text = `table ${at.table.family} ${at.table.name}, chain ${at.chain.name}: policy drop`;
  return [{ origin: first?.origin ?? at.table.backend, line: 0, text }];
}
