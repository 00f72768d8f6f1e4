/** Loads a case into the router, of which all that the case before has changed is undone. */
import type { Case } from './case.ts';
import type { Lab } from './lab.ts';
import { type RouterKind, settled } from './layout.ts';

const BEFORE = new WeakMap<Lab, Case>();

/** Why a program would not load it; null where it did. */
export async function load(lab: Lab, drawn: Case): Promise<string | null> {
  const before = BEFORE.get(lab);
  await lab.router([...(before ? undoing(before, lab.kind) : []), 'conntrack -F 2>/dev/null'].join('\n'));
  BEFORE.set(lab, drawn);
  try {
    await lab.router(loading(drawn));
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

const EMPTY = '*raw\nCOMMIT\n*mangle\nCOMMIT\n*nat\nCOMMIT\n*filter\nCOMMIT';

const fed = (command: string, input: string) =>
  input === '' ? [] : [`${command} <<"TWLINT-TEXT"\n${input}\nTWLINT-TEXT`];

/** Only what was loaded: of the twelve programs that it takes to undo everything, most cases need two. */
function undoing(
  { setup, sets, legacy, legacy6, nft, nft6, nftables, services }: Case,
  kind: RouterKind,
): string[] {
  return [
    ...fed('iptables-legacy-restore', legacy && EMPTY),
    ...fed('ip6tables-legacy-restore', legacy6 && EMPTY),
    ...(nft || nft6 || nftables ? ['nft flush ruleset'] : []),
    // a list holds its sets
    ...(sets ? ['ipset flush; ipset destroy'] : []),
    ...(services ? ['ipvsadm --clear'] : []),
    ...(setup ? [settled(kind)] : []),
  ];
}

function loading({ setup, sets, legacy, legacy6, nft, nft6, nftables, services }: Case): string {
  return [
    ...fed('sh -e', setup),
    ...fed('ipset restore', sets),
    ...fed('iptables-legacy-restore', legacy),
    ...fed('ip6tables-legacy-restore', legacy6),
    ...fed('iptables-nft-restore', nft),
    ...fed('ip6tables-nft-restore', nft6),
    ...fed('nft -f -', nftables),
    ...fed('ipvsadm --restore', services),
  ].join('\n');
}
