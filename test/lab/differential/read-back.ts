/** Loads a case's rules into the router, and reads back what the collectors see there. */
import nat from '../../../src/collectors/nat.ts';
import { type Interface, parseIpAddress } from '../../../src/network/interfaces.ts';
import { readNatEvidence } from '../../../src/network/nat-evidence.ts';
import { parseRoutes, parseRules, type Route, type RoutingRule } from '../../../src/network/routes.ts';
import { fullBudget } from '../../../src/network/walk/budget.ts';
import type { Namespace } from '../../../src/network/walk/namespace.ts';
import { prelude } from '../../../src/transports/script/prelude.ts';
import type { Case } from './case.ts';
import type { Lab } from './lab.ts';

/** Why a program would not load them; null where it did. */
export async function load(lab: Lab, drawn: Case): Promise<string | null> {
  try {
    await lab.router(loading(drawn));
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

function loading({ version, sets, legacy, nft, nftables }: Case): string {
  const tool = version === 4 ? 'iptables' : 'ip6tables';
  const text = (command: string, input: string) =>
    input === '' ? [] : [`${command} <<"TWLINT-TEXT"\n${input}\nTWLINT-TEXT`];
  const empty = '*raw\nCOMMIT\n*mangle\nCOMMIT\n*nat\nCOMMIT\n*filter\nCOMMIT';
  return [
    ...text('iptables-legacy-restore', empty),
    ...text('ip6tables-legacy-restore', empty),
    'nft flush ruleset',
    // a list holds its sets
    'ipset flush; ipset destroy',
    'conntrack -F 2>/dev/null',
    ...text('ipset restore', sets),
    ...text(`${tool}-legacy-restore`, legacy),
    ...text(`${tool}-nft-restore`, nft),
    ...text('nft -f -', nftables),
  ].join('\n');
}

let constants: { interfaces: Interface[]; routes: Route[]; rules: RoutingRule[] } | null = null;

/** The router as the collectors see it. */
export async function readBack(lab: Lab): Promise<Namespace> {
  const texts = await ask(lab);
  const text = (name: keyof typeof nat.probes) => ({
    text: texts.get(name),
    origin: nat.probes[name].origin,
  });
  const { ruleset } = readNatEvidence({
    legacy: text('legacy'),
    legacy6: text('legacy6'),
    nft: text('nft'),
    nft6: text('nft6'),
    nftables: text('nftables'),
    ipset: text('ipset'),
  });
  constants ??= {
    interfaces: parseIpAddress(await lab.router('ip address'), 'ip address'),
    routes: [
      ...parseRoutes(await lab.router('ip -4 route show table all'), 4, 'ip route'),
      ...parseRoutes(await lab.router('ip -6 route show table all'), 6, 'ip route'),
    ],
    rules: [
      ...parseRules(await lab.router('ip -4 rule'), 4, 'ip rule'),
      ...parseRules(await lab.router('ip -6 rule'), 6, 'ip rule'),
    ],
  };
  return {
    ruleset,
    ...constants,
    services: [],
    virtualConntrack: null,
    forwards: { 4: true, 6: true },
    budget: fullBudget(),
  };
}

/** The probes of the collector `nat`, in the router's shell. */
async function ask(lab: Lab): Promise<Map<string, string>> {
  const mark = '--twlint-probe--';
  const functions = `
    PROC_NET=/proc/net NF_TABLES=yes IP_SET=yes
    ${prelude}`;
  const asks = Object.entries(nat.probes).map(
    ([name, probe]) => `( ${probe.ask}\n ) 2>/dev/null || code=$?; echo "${mark} ${name} $code"; code=0`,
  );
  const text = await lab.router(`${functions}\nset +e\ncode=0\n${asks.join('\n')}`);
  const answers = new Map<string, string>();
  let answer: string[] = [];
  for (const line of text.split('\n')) {
    if (!line.startsWith(mark)) {
      answer.push(line);
      continue;
    }
    const [, name, code] = line.split(' ');
    if (code === '0') answers.set(name!, answer.join('\n'));
    else if (code !== '210') throw new Error(`probe ${name} ended with ${code}`);
    answer = [];
  }
  return answers;
}
