import { command, defineCollector, type Lacks, t } from '../define.ts';
import type { Line } from '../model.ts';
import { readNatEvidence, type UnseenRules } from '../network/nat-evidence.ts';
import { natParts } from '../network/nat-parts.ts';
import {
  destinationRules,
  natHooksOf,
  natRules,
  type RulePosition,
  sourceRules,
  unknownRules,
} from '../network/nat-rules.ts';
import { countOf, type Rule, type Ruleset, type Table } from '../network/ruleset.ts';
import { unseenWithout } from '../network/unseen.ts';
import { onceFor } from '../once-for.ts';
import { atRest } from './nat/at-rest.ts';

/**
 * Asking for a table that is not registered would register it, and load its modules: so only those that the kernel
 * lists are asked for. Where iptables-legacy-save is missing, iptables-save may be it, by another name (before 1.8), or
 * may be the one for nf_tables.
 */
const legacy = (program: string, names: string) => `
[ -r "$PROC_NET/${names}" ] || denied "/proc/net/${names}: only root may read it"
tables=$(cat "$PROC_NET/${names}") || exit
[ -n "$tables" ] || absent "no table of legacy ${program} is registered"
tool ${program}-legacy-save ${program}-save
if [ "$TOOL" = ${program}-save ]; then
  case $(${program} -V 2>&1) in
    *nf_tables*) lacking ${program}-legacy-save "legacy tables are registered, and ${program}-legacy-save is not installed" ;;
  esac
fi
for table in $tables; do
  "$TOOL" -c -t "$table" || exit
done
for table in $tables; do echo "# listed: $table"; done`;

/** Tables of iptables-nft bear the names of legacy's. */
const nft = (program: string, family: string) => `
need_nf_tables
tool ${program}-nft-save ${program}-save
if [ "$TOOL" = ${program}-save ]; then
  case $(${program} -V 2>&1) in
    *nf_tables*) ;;
    *) absent "no ${program} for nf_tables is installed" ;;
  esac
fi
if command -v nft >/dev/null 2>&1; then
  tables=$(nft_tables) || exit
  printf "%s\\n" "$tables" | grep -Eq "^table ${family} (nat|mangle|raw|filter|security)$" || absent "${program}-nft has no tables"
fi
"$TOOL" -c`;

const nftables = `
need_nf_tables
if ! command -v nft >/dev/null 2>&1; then
  command -v iptables-nft-save >/dev/null 2>&1 || lacking nft "nf_tables is or may be in use, and neither nft nor iptables-nft-save is installed"
  echo "unseen without nft: nft is not installed: tables of nftables, if there are any, could not be read"
  exit 0
fi
tables=$(nft_tables) || exit
[ -n "$tables" ] || absent "nf_tables holds no table"
nft -j list ruleset || {
  code=$?
  case $(nft -j list tables 2>&1) in
    *nftables*) exit "$code" ;;
    *) unsupported "$(nft -v) prints no JSON" ;;
  esac
}
printf "%s\\n" "$tables" | sed -n "s/^table /# listed: /p"`;

/**
 * Asks for sets. Without the program, rules that look into a set stay undecided: a gap, but no reason to know nothing.
 */
const ipset = `
in_kernel ip_set
[ "$said" != no ] || absent "ipset is not in use"
command -v ipset >/dev/null 2>&1 || absent "ipset is not installed"
if [ "$said" = unknown ]; then
  echo "unseen: whether ipset is in use can not be told: neither /proc/modules nor /proc/kallsyms says"
  exit 0
fi
ipset save`;

const registered = (program: string, names: string) => ({
  needed: { path: `"$PROC_NET/${names}"`, reason: `legacy ${program} is not in use` },
  idle: {
    test: `is_empty "$PROC_NET/${names}"`,
    absent: `no table of legacy ${program} is registered`,
  },
});
/** The tests of sh that nf_tables holds nothing of a family. */
const empty = (family: 'ip' | 'ip6' | 'any', reason: string, programs: string) => ({
  first: 'list_nft_tables',
  idle: { test: `lacks_nft ${family} && has_program ${programs}`, absent: reason },
});
const optional = (probe: keyof typeof atRest) => ({ optional: true, atRest: atRest[probe] });
const probes = {
  legacy: command('iptables-legacy-save', legacy('iptables', 'ip_tables_names'), {
    ...optional('legacy'),
    ...registered('iptables', 'ip_tables_names'),
  }),
  legacy6: command('ip6tables-legacy-save', legacy('ip6tables', 'ip6_tables_names'), {
    ...optional('legacy6'),
    ...registered('ip6tables', 'ip6_tables_names'),
  }),
  nft: command('iptables-nft-save', nft('iptables', 'ip'), {
    ...optional('nft'),
    ...empty('ip', 'iptables-nft has no tables', 'iptables-nft-save iptables-save'),
  }),
  nft6: command('ip6tables-nft-save', nft('ip6tables', 'ip6'), {
    ...optional('nft6'),
    ...empty('ip6', 'ip6tables-nft has no tables', 'ip6tables-nft-save ip6tables-save'),
  }),
  nftables: command('nft -j list ruleset', nftables, {
    ...optional('nftables'),
    ...empty('any', 'nf_tables holds no table', 'nft'),
  }),
  ipset: command('ipset save', ipset, {
    ...optional('ipset'),
    idle: { test: 'no_sets', text: '' },
  }),
};

const translation = t.object({
  side: t.string('`source` or `destination`'),
  kind: t.string('`masquerade`, `snat`, `dnat`, `redirect`, `netmap`'),
  to: t.list(t.string(), 'Addresses to choose from, as CIDRs; empty where the kernel takes one of its own'),
  random: t.string("How a new port is drawn: `no` (the packet's own where it is free), `random`, `fully`"),
});

const rule = t.object({
  backend: t.string('`legacy`, `nft` (iptables on nf_tables) or `nftables`'),
  family: t.string('`ip`, `ip6` or `inet`'),
  table: t.string(),
  chain: t.string(),
  target: t.string('`MASQUERADE`, `SNAT`, `masquerade`, a chain, ...'),
  text: t.string('The rule as its program prints it'),
  origin: t.string('The program that printed it'),
  line: t.int('On which line'),
  packets: t.int('Packets that matched; -1 where nothing counts them'),
  hooks: t.list(t.string(), 'From where packets get to it: `prerouting`, `input`, `output`, `postrouting`'),
  sources: t.list(t.string(), 'Source addresses that it asks for, as CIDRs; `0.0.0.0/0`, `::/0`: any'),
  destinations: t.list(t.string(), 'Destinations, the same way'),
  in: t.list(t.string(), 'Interfaces that packets came in by, as `eth0`, `eth*`, `! docker0`; empty: any'),
  out: t.list(t.string(), 'Interfaces that they leave by'),
  asks_more: t.bool('Whether it asks for more: a protocol, a port, a mark, a state, ...'),
  translations: t.list(translation, 'What it makes of packets'),
  merges: t.bool('Whether it may give several sources one address'),
});

export default defineCollector({
  id: 'nat',
  doc: 'The rules that translate addresses, of every back end in use: iptables legacy, iptables on nf_tables, nftables.',
  scope: 'netns',
  samples: 1,
  takesUnseen: true,
  probes,
  type: t.object({
    rules: t.list(rule, 'Every rule of a chain that takes part in nat'),
    source: t.list(rule, 'Those that may change source addresses: MASQUERADE, SNAT, NETMAP'),
    destination: t.list(rule, 'Those that may change destination addresses: DNAT, REDIRECT, NETMAP'),
    backends: t.list(
      t.string(),
      'The back ends that hold at least one rule of any table, or that say so of another',
    ),
  }),
  model(texts, _before, origins) {
    const named = (probe: keyof typeof probes) => ({ text: texts[probe], origin: origins[probe] });
    const [program = null] = Object.values(texts).flatMap((text) => unseenWithout(text ?? '') ?? []);
    const read = readNatEvidence({
      legacy: named('legacy'),
      legacy6: named('legacy6'),
      nft: named('nft'),
      nft6: named('nft6'),
      nftables: named('nftables'),
      ipset: named('ipset'),
    });
    return { ...read, program };
  },
  fact({ ruleset, unseen, program, legacyTables }) {
    const [source, destination] = [sourceRules(ruleset), destinationRules(ruleset)];
    const odd = {
      source: notIn(source, unknownRules(ruleset, 'source')),
      destination: notIn(destination, unknownRules(ruleset, 'destination')),
    };
    const shown = shownIn(ruleset);
    const backends = new Set<string>(ruleset.tables.filter(hasRules).map(({ backend }) => backend));
    if (legacyTables) backends.add('legacy');
    return {
      value: {
        rules: natRules(ruleset).map(shown),
        source: source.map(shown),
        destination: destination.map(shown),
        backends: [...backends].sort(),
      },
      lines: {
        source: source.map(line),
        destination: destination.map(line),
        ...(legacyTables ? { backends: [legacyTables] } : {}),
      },
      ...lacksOf(unseen),
      within: {
        ...(odd.source.length > 0 && { source: notUnderstood(odd.source) }),
        ...(odd.destination.length > 0 && { destination: notUnderstood(odd.destination) }),
      },
      ...(program === null ? {} : { program }),
    };
  },
});

const hasRules = ({ chains }: Table): boolean => [...chains.values()].some(({ rules }) => rules.length > 0);

function notIn(known: readonly RulePosition[], others: readonly RulePosition[]): RulePosition[] {
  const rules = new Set(known.map(({ rule }) => rule));
  return others.filter(({ rule }) => !rules.has(rule));
}

/** Says that a list may lack a rule that does something unknown, and may translate. */
function notUnderstood([first, ...more]: readonly RulePosition[]): Lacks {
  const others = more.length === 0 ? '' : ` (and ${more.length} more)`;
  return { partial: `it is not known what this rule does: ${first?.rule.text ?? ''}${others}` };
}

/** Says that there are no more rules of a family, where those of the other family alone were not seen. */
function lacksOf(unseen: readonly UnseenRules[]): Lacks {
  if (unseen.length === 0) return {};
  const families = new Set(unseen.map(({ family }) => family));
  const [family] = families;
  const known = families.size > 1 || family === undefined ? {} : { family: family === 4 ? 'ip' : 'ip6' };
  return { partial: unseen.map(({ reason }) => reason).join('; '), further: known };
}

const shownIn =
  (ruleset: Ruleset) =>
  (placed: RulePosition): Shown => {
    const known = shownOf(placed.table);
    const uncounted = known.get(placed.rule) ?? uncountedOf(placed);
    known.set(placed.rule, uncounted);
    return { ...uncounted, packets: countOf(placed.rule, ruleset) ?? -1 };
  };

/** All but what was counted: hosts of a cluster share tables of thousands of rules. */
const shownOf = onceFor((_: Table) => new Map<Rule, Shown>());

type Shown = ReturnType<typeof uncountedOf>;

function uncountedOf(placed: RulePosition) {
  const { table, chain, rule } = placed;
  const { backend, family, name } = table;
  const { target, text, origin, line } = rule;
  const { asksMore, ...parts } = natParts(placed, natHooksOf(table).get(chain.name) ?? []);
  return {
    backend,
    family,
    table: name,
    chain: chain.name,
    target,
    text,
    origin,
    line,
    packets: -1,
    ...parts,
    asks_more: asksMore,
  };
}

/** Returns the line of a rule. nft prints a rule without its position. */
function line({ table, chain, rule: { origin, line, text } }: RulePosition): Line {
  const position =
    table.backend === 'nftables' ? `table ${table.family} ${table.name}, chain ${chain.name}: ` : '';
  return { origin, line, text: position + text };
}
