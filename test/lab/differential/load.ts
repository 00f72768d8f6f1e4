/** Loads a case into the router, of which all that the case before has changed is undone. */
import type { Case } from './case.ts';
import type { Lab } from './lab.ts';
import { type RouterKind, setting, settled } from './layout.ts';

const BEFORE = new WeakMap<Lab, Case>();

/** Why a program would not load it; null where it did. */
export async function load(lab: Lab, drawn: Case): Promise<string | null> {
  const before = BEFORE.get(lab);
  await lab.router([...(before ? undoing(before, lab.kind) : []), 'conntrack -F 2>/dev/null'].join('\n'));
  BEFORE.set(lab, drawn);
  try {
    await lab.router([...loading(drawn), ...(drawn.setup || before?.setup ? ADDRESSED : [])].join('\n'));
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

const EMPTY = '*raw\nCOMMIT\n*mangle\nCOMMIT\n*nat\nCOMMIT\n*filter\nCOMMIT';

const fed = (command: string, input: string) =>
  input === '' ? [] : [`${command} <<"TWLINT-TEXT"\n${input}\nTWLINT-TEXT`];

/**
 * Connections of IPVS outlive their service, and the next case has packets like theirs. Those whose server is gone end
 * soon after it where this setting is on (linux 6.1, net/netfilter/ipvs/ip_vs_ctl.c, expire_nodest_conn_handler).
 */
const WITHOUT_SERVICES = [
  setting('net.ipv4.vs.expire_nodest_conn', 1),
  setting('net.ipv4.vs.conntrack', 0),
  'ipvsadm --clear',
  'for _ in $(seq 100); do [ "$(wc -l </proc/net/ip_vs_conn)" -gt 1 ] || break; sleep 0.1; done',
  '[ "$(wc -l </proc/net/ip_vs_conn)" -le 1 ]',
];

/**
 * A new address of IPv6 gets its local route from a work queue (linux 6.1, net/ipv6/addrconf.c, addrconf_dad_work): on a busy
 * machine later than the packets of the case come. 0x80000000 is RTF_LOCAL.
 */
const ADDRESSED = [
  `lacking='NR == FNR { own[$1]; next } $2 == "80" && $9 ~ /^8/ { delete own[$1] } END { for (one in own) exit 1 }'`,
  'for _ in $(seq 100); do awk "$lacking" /proc/net/if_inet6 /proc/net/ipv6_route && break; sleep 0.02; done',
  'awk "$lacking" /proc/net/if_inet6 /proc/net/ipv6_route',
];

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
    ...(services ? WITHOUT_SERVICES : []),
    ...(setup ? [settled(kind)] : []),
  ];
}

function loading({ setup, sets, legacy, legacy6, nft, nft6, nftables, services }: Case): string[] {
  return [
    ...fed('sh -e', setup),
    ...fed('ipset restore', sets),
    ...fed('iptables-legacy-restore', legacy),
    ...fed('ip6tables-legacy-restore', legacy6),
    ...fed('iptables-nft-restore', nft),
    ...fed('ip6tables-nft-restore', nft6),
    ...fed('nft -f -', nftables),
    ...fed('ipvsadm --restore', services),
  ];
}
