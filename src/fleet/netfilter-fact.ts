/** The fact `netfilter`: what stands in the rules of one namespace, in whatever table. */
import natCollector from '../collectors/nat.ts';
import { type Lacks, type Parsed, type Type, t } from '../define.ts';
import type { HostModel, NetnsModel } from '../host/host-model.ts';
import type { Answer, Line } from '../model.ts';
import { droppingRules } from '../network/filtering/dropping-rules.ts';
import { offloadingRules } from '../network/filtering/offloading-rules.ts';
import { ruleMakers } from '../network/filtering/rule-makers.ts';
import { shadowedRules } from '../network/filtering/shadowed-rules.ts';
import { natParts } from '../network/nat-parts.ts';
import type { RulePosition } from '../network/nat-rules.ts';
import { countOf, type Ruleset } from '../network/ruleset.ts';

const position = {
  backend: t.string('`legacy`, `nft` (iptables on nf_tables) or `nftables`'),
  family: t.string('`ip`, `ip6` or `inet`'),
  table: t.string(),
  chain: t.string(),
  text: t.string('The rule as its program prints it'),
  packets: t.int('Packets that matched; -1 where nothing counts them'),
};

export const netfilterType = t.object(
  {
    shadowed: t.list(
      t.object({
        ...position,
        by: t.string('The rule before it that ends all of its packets, and otherwise'),
      }),
      'Rules that no packet gets to: one before them in their chain ends each packet that they ask for',
    ),
    drops: t.list(
      t.object({
        ...position,
        hooks: t.list(
          t.string(),
          'From where packets get to it: `prerouting`, `input`, `forward`, `output`, `postrouting`',
        ),
        destinations: t.list(t.string(), 'Destinations that it asks for, as CIDRs; `0.0.0.0/0`, `::/0`: any'),
        inputs: t.list(
          t.string(),
          'Interfaces that packets came in by, as `eth0`, `eth*`, `! docker0`; empty: any',
        ),
        invalid: t.bool('Whether it asks conntrack for INVALID, and for no other state'),
      }),
      'Rules that drop or reject what they ask for',
    ),
    offloads: t.list(
      t.object(position),
      'Rules that put connections into a flowtable: later packets of these pass no rules',
    ),
    makers: t.list(
      t.object({
        program: t.string(
          '`Docker`, `kube-proxy`, `CNI portmap`, `netavark`, `flannel`, `Calico`, `Cilium`, `libvirt`, `Incus`, `LXD`, `firewalld`, `ufw`',
        ),
        backend: t.string('As above'),
        since: t.string(
          'The first version of it whose rules look like these: `28.0.1`; empty where they do not tell',
        ),
      }),
      'Programs that keep rules here, by the names of their tables and chains, once for each back end',
    ),
    incompatible: t.list(
      t.string(),
      "What iptables-nft says of tables that it can't print or change, since nft has put something into them that " +
        'iptables does not know',
    ),
  },
  'What stands in the rules of all tables, apart from what `nat` says.',
);

type NetfilterFact = typeof netfilterType extends Type<infer T> ? T : never;

/** @returns the fact of each namespace, by its name */
export function netfilterFacts(host: HostModel): ReadonlyMap<string, Answer<Parsed<NetfilterFact>>> {
  return new Map(host.namespaces.map((namespace) => [namespace.name, factIn(namespace)]));
}

function factIn({ read }: NetnsModel): Answer<Parsed<NetfilterFact>> {
  const nat = read(natCollector);
  if (!nat.ok) return nat;
  const { ruleset, unseen, incompatible } = nat.value.model;
  const shadowed = shadowedRules(ruleset.tables);
  const drops = droppingRules(ruleset.tables);
  const offloads = offloadingRules(ruleset.tables);
  const lacks: Lacks = unseen.length > 0 ? { partial: unseen.map(({ reason }) => reason).join('; ') } : {};
  return {
    ok: true,
    value: {
      value: {
        shadowed: shadowed.map((one) => ({ ...placed(one, ruleset), by: one.by.text })),
        drops: drops.map((one) => {
          const { destinations, in: inputs } = natParts(one, []);
          return { ...placed(one, ruleset), hooks: one.hooks, destinations, inputs, invalid: one.invalid };
        }),
        offloads: offloads.map((one) => placed(one, ruleset)),
        makers: ruleMakers(ruleset.tables),
        incompatible: incompatible.map(({ text }) => text.replace(/^# /, '')),
      },
      lines: {
        shadowed: shadowed.flatMap(({ rule, by, ...at }) => [
          lineOf({ ...at, rule: by }),
          lineOf({ ...at, rule }),
        ]),
        drops: drops.map(lineOf),
        offloads: offloads.map(lineOf),
        incompatible,
      },
      ...lacks,
    },
  };
}

const placed = ({ table, chain, rule }: RulePosition, ruleset: Ruleset) => ({
  backend: table.backend,
  family: table.family,
  table: table.name,
  chain: chain.name,
  text: rule.text,
  packets: countOf(rule, ruleset) ?? -1,
});

function lineOf({ table, chain, rule: { origin, line, text } }: RulePosition): Line {
  const position =
    table.backend === 'nftables' ? `table ${table.family} ${table.name}, chain ${chain.name}: ` : '';
  return { origin, line, text: position + text };
}
