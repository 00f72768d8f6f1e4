/** The fact `verdicts`: what becomes of some packets that matter, as the path engine walks them through one namespace. */
import { type Parsed, type Type, t } from '../define.ts';
import type { HostModel } from '../host/host-model.ts';
import type { Answer, Line } from '../model.ts';
import { ALL4, toCidrs } from '../network/addresses.ts';
import { loopbackReach } from '../network/paths/loopback-reach.ts';
import {
  type ForwardDrop,
  lostForwards,
  lostFromContainers,
  MOST_FORWARDS,
} from '../network/paths/lost-packets.ts';
import { missingFor, type NetnsNode, withBudget } from '../network/topology/nodes.ts';
import { nodesOf } from './nodes.ts';

const end = {
  input: t.string('The interface that they come in by'),
  by: t.string(
    'What drops them: a rule as printed, `policy drop of FORWARD in table ip filter`, `net.ipv4.ip_forward = 0`',
  ),
  rule: t.bool('Whether that is a rule, and not what the chain or the host does by default'),
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
      'Rules that send TCP connections on from the network, each of which is then dropped: by filter rules, or since ' +
        'the host does not forward',
    ),
    loopback: t.list(
      t.object({ input: t.string('The interface that they come in by'), port: t.int() }),
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
  if (missing !== undefined) {
    const { what, problem = 'failed', reason } = missing;
    return { ok: false, problem, reason: `${what} is not known: ${reason}` };
  }
  const containers = lostFromContainers(node.net);
  const followed = lostForwards(node.net);
  const forwards = followed ?? [];
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
        loopback: loopbackReach(node).map(({ input, port }) => ({ input, port })),
      },
      lines: {
        containers: containers.flatMap(({ at }) => linesOf(at)),
        forwards: forwards.flatMap(({ rule, at }) => [...linesOf(at), rule]),
      },
      unreadable:
        followed === null
          ? { forwards: `more than ${MOST_FORWARDS} rules of nat forward: too many to follow each` }
          : {},
      ...(sockets?.isWhole
        ? {}
        : { within: { loopback: { partial: 'not all sockets that listen are known' } } }),
    },
  };
}

function shown(input: string, at: ForwardDrop) {
  return { input, by: textOf(at), rule: at.kind === 'rule' };
}

function textOf(at: ForwardDrop): string {
  switch (at.kind) {
    case 'rule':
      return at.rule.text;
    case 'policy':
      return `policy drop of ${at.chain.name} in table ${at.table.family} ${at.table.name}`;
    case 'forwarding':
      return at.setting === null ? 'forwarding, which is off' : `${at.setting.key} = ${at.setting.value}`;
  }
}

function linesOf(at: ForwardDrop): Line[] {
  if (at.kind === 'rule') return [at.rule];
  if (at.kind === 'forwarding')
    return at.setting === null
      ? []
      : [{ origin: at.setting.origin, line: at.setting.line, text: textOf(at) }];
  const origin = at.chain.rules[0]?.origin ?? ORIGINS[at.table.backend];
  return [{ origin, line: 0, text: textOf(at) }];
}

/** The programs that print a chain without rules. */
const ORIGINS = {
  legacy: 'iptables-legacy-save',
  nft: 'iptables-nft-save',
  nftables: 'nft -j list ruleset',
} as const;
