/** Draws commands of iptables that change a router's rules here and there. */
import type { Case } from '../differential/case.ts';
import { versionOf } from '../differential/packet.ts';
import { VIRTUAL } from '../differential/universe.ts';
import type { Dice } from './dice.ts';

const PROGRAMS = {
  legacy: 'iptables-legacy',
  legacy6: 'ip6tables-legacy',
  nft: 'iptables-nft',
  nft6: 'ip6tables-nft',
} as const;
type Part = keyof typeof PROGRAMS;

const HOOKS = {
  filter: ['INPUT', 'FORWARD', 'OUTPUT'],
  nat: ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'],
  mangle: ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'],
  raw: ['PREROUTING', 'OUTPUT'],
} as const;
type Table = keyof typeof HOOKS;

/** A chain of a table: `name` is that of a hook, or begins with it. */
interface Chain {
  table: Table;
  name: string;
  rules: string[];
}

export const partsWithIptables = (drawn: Case): Part[] =>
  (Object.keys(PROGRAMS) as Part[]).filter((part) => drawn[part] !== '');

/** Two to five commands about one program's rules. */
export function iptablesCommands(drawn: Case, part: Part, dice: Dice): string[] {
  const chains = chainsIn(drawn[part]);
  const count = 2 + dice.below(4);
  return Array.from({ length: count }, (_, i) => command(chains, drawn, part, dice, `NEW-${i}`))
    .flat()
    .map((line) => `${PROGRAMS[part]} ${line}`);
}

function chainsIn(text: string): Chain[] {
  const chains = (Object.keys(HOOKS) as Table[]).flatMap((table) =>
    HOOKS[table].map((name): Chain => ({ table, name, rules: [] })),
  );
  let table: Table = 'filter';
  for (const line of text.split('\n')) {
    const [, begun] = /^\*(\w+)/.exec(line) ?? [];
    if (begun !== undefined) table = begun as Table;
    const [, declared, name = declared, rule] = /^(?::(\S+) .*|-A (\S+) +(.*))$/.exec(line) ?? [];
    if (name === undefined) continue;
    const known = chains.find((one) => one.table === table && one.name === name);
    if (known === undefined) chains.push({ table, name, rules: [] });
    else if (rule !== undefined) known.rules.push(rule);
  }
  return chains;
}

/** Chains that packets pass are drawn more often: those that have rules, and those of the table that drops. */
function drawnChain(chains: readonly Chain[], dice: Dice): Chain {
  const withRules = chains.filter(({ rules }) => rules.length > 0);
  const hooks = chains.filter(({ table, name }) => table === 'filter' && name === 'FORWARD');
  const where = dice.below(6);
  return dice.of(where < 3 && withRules.length > 0 ? withRules : where === 5 ? chains : hooks);
}

function command(chains: Chain[], drawn: Case, part: Part, dice: Dice, fresh: string): string[] {
  const chain = drawnChain(chains, dice);
  const { table, name, rules } = chain;
  const at = `-t ${table}`;
  const place = dice.below(rules.length + 1);
  const spec = () => specFor(chain, drawn, part, dice);
  switch (dice.of(['A', 'I', 'I', 'I', 'D', 'spec', 'R', 'R', 'P', 'F', 'N'] as const)) {
    case 'A': {
      const rule = spec();
      rules.push(rule);
      return [`${at} -A ${name} ${rule}`];
    }
    case 'D':
      if (rules.length === 0) return [];
      rules.splice(place % rules.length, 1);
      return [`${at} -D ${name} ${1 + (place % (rules.length + 1))}`];
    case 'spec': {
      const [rule] = rules.splice(place, 1);
      // one that stands there twice is deleted where it stands first
      return rule === undefined || rules.includes(rule) ? [] : [`${at} -D ${name} ${rule}`];
    }
    case 'R': {
      if (rules.length === 0) return [];
      const rule = spec();
      rules[place % rules.length] = rule;
      return [`${at} -R ${name} ${1 + (place % rules.length)} ${rule}`];
    }
    case 'P': {
      const hook = dice.of(HOOKS.filter);
      return [`-t filter -P ${hook} ${dice.of(['DROP', 'ACCEPT'])}`];
    }
    case 'F':
      rules.length = 0;
      return [`${at} -F ${name}`];
    case 'N': {
      const own = `${at} -N ${fresh}`;
      const fill = [1, 2].map(() => `${at} -A ${fresh} ${spec()}`);
      const jump = `${matchFor(drawn, part, dice)} ${dice.of(['-j', '-g'])} ${fresh}`;
      rules.splice(place, 0, jump);
      return [own, ...fill, `${at} -I ${name} ${place + 1} ${jump}`];
    }
    case 'I': {
      const rule = spec();
      rules.splice(place, 0, rule);
      return [`${at} -I ${name} ${place === 0 && dice.below(2) === 0 ? '' : `${place + 1} `}${rule}`];
    }
  }
}

/** Meets one of the packets that are sent, and maybe others. */
function matchFor(drawn: Case, part: Part, dice: Dice): string {
  const version = part.endsWith('6') ? 6 : 4;
  const own = drawn.packets.filter((packet) => versionOf(packet) === version);
  if (own.length === 0) return '';
  const { source, destination, protocol, destinationPort } = dice.of(own);
  const network = source.replace(/\.\d+$/, '.0/24').replace(/::.*$/, '::/64');
  return dice.of([
    `-p ${protocol}`,
    `-p ${protocol} --dport ${destinationPort}`,
    `-d ${destination}`,
    `-s ${network}`,
    `! -d ${destination}`,
    `-s ${source} -p ${protocol}`,
  ]);
}

function specFor({ table, name }: Chain, drawn: Case, part: Part, dice: Dice): string {
  const match = matchFor(drawn, part, dice);
  const hook = name.replace(/-\d$/, '');
  const [virtual] = VIRTUAL[part.endsWith('6') ? 6 : 4];
  const translates = hook === 'PREROUTING' || hook === 'OUTPUT';
  const targets = {
    filter: ['DROP', 'DROP', 'ACCEPT', 'REJECT', 'RETURN'],
    mangle: ['MARK --set-xmark 0x1/0x1', 'DROP', 'ACCEPT'],
    raw: ['DROP', 'ACCEPT', 'CT --notrack'],
    nat: translates
      ? ['REDIRECT', `DNAT --to-destination ${destinationOf(part, dice)}`, 'ACCEPT']
      : hook === 'INPUT'
        ? [`SNAT --to-source ${virtual}`, 'ACCEPT']
        : ['MASQUERADE', `SNAT --to-source ${virtual}`, 'ACCEPT', 'RETURN'],
  } as const;
  return `${match} -j ${dice.of<string>(targets[table])}`;
}

const destinationOf = (part: Part, dice: Dice): string => {
  const six = part.endsWith('6');
  return dice.of(six ? ['fd50::100', 'fd60::101'] : ['10.50.0.100', '10.60.0.101', '10.70.0.100']);
};
