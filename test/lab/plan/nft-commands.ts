/** Draws commands of nft that change a router's tables here and there, by what it lists. */
import type { Json } from '../../../src/model.ts';
import type { Case } from '../differential/case.ts';
import { versionOf } from '../differential/packet.ts';
import { clientAddress, destination, hex, MARKS, PORTS } from '../differential/universe.ts';
import type { Dice } from './dice.ts';

interface Chain {
  /** `ip mine`. */
  table: string;
  name: string;
  /** That of its base chain, which its name begins with: `nat`, `prerouting`. */
  kind: string;
  hook: string;
  isBase: boolean;
  /** The handles of its rules, in order. */
  handles: number[];
}

/** Two to five commands about the tables that a listing of `nft -j` has. */
export function nftCommands(listing: string, drawn: Case, dice: Dice): string[] {
  const { nftables } = JSON.parse(listing.replace(/^# listed: .*$/gm, '')) as {
    nftables: Record<string, Record<string, Json>>[];
  };
  const chains = chainsIn(nftables);
  const sets = nftables.flatMap(({ set, map }) => ((set ?? map) ? [(set ?? map)!] : []));
  if (chains.length === 0) return [];
  const count = 2 + dice.below(4);
  return Array.from({ length: count }, (_, i) =>
    dice.below(4) === 0 && sets.length > 0
      ? elementCommand(dice.of(sets), dice)
      : chainCommand(drawnChain(chains, dice), drawn, dice, `new-${i}`),
  ).flat();
}

/** Those of drawn tables: the tables of iptables-nft have other names. */
function chainsIn(objects: readonly Record<string, Record<string, Json>>[]): Chain[] {
  return objects.flatMap(({ chain }) => {
    if (!chain || !/^(mine|yours)$/.test(String(chain.table))) return [];
    const name = String(chain.name);
    const [kind = '', hook = ''] = name.split('-');
    const rules = objects.flatMap(({ rule }) =>
      rule && rule.table === chain.table && rule.family === chain.family && rule.chain === name
        ? Number(rule.handle)
        : [],
    );
    const table = `${chain.family} ${chain.table}`;
    return [{ table, name, kind, hook, isBase: chain.hook !== undefined, handles: rules }];
  });
}

/** Chains that all packets pass are drawn more often. */
function drawnChain(chains: readonly Chain[], dice: Dice): Chain {
  const bases = chains.filter(({ isBase }) => isBase);
  return dice.of(dice.below(3) > 0 && bases.length > 0 ? bases : chains);
}

function chainCommand(chain: Chain, drawn: Case, dice: Dice, fresh: string): string[] {
  const { table, name, kind, hook, isBase, handles } = chain;
  const at = `${table} ${name}`;
  const rule = () => ruleFor(chain, drawn, dice);
  const known = handles.length > 0;
  const index = known ? dice.below(handles.length) : 0;
  const handle = handles[index];
  const gone = () => void handles.splice(index, 1);
  const verbs = ['add', 'insert', ...(isBase ? ['policy'] : []), 'jump'];
  const placed = ['before', 'behind', 'at', 'after', 'replace', 'delete', 'flush'];
  switch (dice.of([...verbs, ...(known ? placed : [])])) {
    case 'insert':
      return [`insert rule ${at} ${rule()}`];
    case 'before':
      return [`insert rule ${at} ${dice.of(['handle', 'position'])} ${handle} ${rule()}`];
    case 'behind':
      return [`add rule ${at} ${dice.of(['handle', 'position'])} ${handle} ${rule()}`];
    case 'at':
      return handles.length > index ? [`insert rule ${at} index ${index} ${rule()}`] : [];
    case 'after':
      return handles.length > index ? [`add rule ${at} index ${index} ${rule()}`] : [];
    case 'replace':
      return [`replace rule ${at} handle ${handle} ${rule()}`];
    case 'delete':
      gone();
      return [`delete rule ${at} handle ${handle}`];
    case 'flush':
      handles.length = 0;
      return [`flush chain ${at}`];
    case 'policy':
      return [`add chain ${at} { policy ${dice.of(['drop', 'accept'])} ; }`];
    case 'jump': {
      const own = `${kind}-${hook}-${fresh}`;
      const inside = { ...chain, name: own };
      const fill = [1, 2].map(() => `add rule ${table} ${own} ${ruleFor(inside, drawn, dice)}`);
      const jump = `${matchFor(chain, drawn, dice)} ${dice.of(['jump', 'goto'])} ${own}`;
      return [`add chain ${table} ${own}`, ...fill, `insert rule ${at} ${jump}`];
    }
    default:
      return [`add rule ${at} ${rule()}`];
  }
}

/** Elements of the sets and maps that drawn rules ask. */
function elementCommand(set: Record<string, Json>, dice: Dice): string[] {
  const name = String(set.name);
  const at = `${set.family} ${set.table} ${name}`;
  const version = name.endsWith('6') ? 6 : 4;
  const client = () => dice.from(clientAddress(version));
  const fresh: Record<string, () => string> = {
    nets: client,
    pairs: () => `${client()} . ${dice.of(PORTS)}`,
    marks: () => `${client()} : ${hex(dice.of(MARKS))}`,
    homes: () => `${dice.from(destination(version))} : ${dice.from(destination(version))}`,
  };
  const make = fresh[name.slice(0, -1)];
  if (make === undefined) return [];
  if (dice.below(4) === 0)
    return [`flush ${make === fresh.nets || make === fresh.pairs ? 'set' : 'map'} ${at}`];
  return [`add element ${at} { ${make()} }`];
}

/** Meets one of the packets that are sent, and maybe others. */
function matchFor({ table }: Chain, drawn: Case, dice: Dice): string {
  const versions = { ip: [4], ip6: [6], inet: [4, 6] }[table.split(' ')[0]!] ?? [];
  const own = drawn.packets.filter((packet) => versions.includes(versionOf(packet)));
  if (own.length === 0) return '';
  const one = dice.of(own);
  const [ip, protocol] = [versionOf(one) === 6 ? 'ip6' : 'ip', one.protocol === 6 ? 'tcp' : 'udp'];
  return dice.of([
    `meta l4proto ${protocol}`,
    `${protocol} dport ${one.destinationPort}`,
    `${ip} daddr ${one.destination}`,
    `${ip} daddr != ${one.destination}`,
    `${ip} saddr ${one.source} meta l4proto ${protocol}`,
    `${ip} saddr . ${protocol} dport { ${one.source} . ${one.destinationPort} }`,
  ]);
}

function ruleFor(chain: Chain, drawn: Case, dice: Dice): string {
  const translation =
    chain.kind !== 'nat' || chain.hook === 'input'
      ? []
      : chain.hook === 'postrouting'
        ? ['masquerade']
        : ['redirect'];
  const verdict = dice.of(['drop', 'drop', 'accept', 'accept', 'return', ...translation, ...translation]);
  return `${matchFor(chain, drawn, dice)} ${verdict}`;
}
