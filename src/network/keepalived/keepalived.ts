/**
 * The configuration in keepalived.conf: VRRP instances and virtual servers.
 * Keywords and defaults: keepalived.conf(5) of 2.2 and keepalived/check/check_parser.c, vrrp/vrrp_parser.c.
 */
import { parseAddress, printAddress } from '../address-text.ts';
import { type Block, find, isOn, numberOf, parseBlocks } from './blocks.ts';
import { type ConfSource, readConfLines } from './lines.ts';
import { type VirtualServer, virtualServers } from './servers.ts';

export interface VrrpInstance {
  name: string;
  /** The state that it begins in: `MASTER` or `BACKUP`. */
  state: string;
  /** The interface; '' where none is given, as unicast may do without. */
  interface: string;
  virtualRouterId: number;
  priority: number;
  nopreempt: boolean;
  /** The seconds between adverts. */
  advertInterval: number;
  unicast: boolean;
  /** The group of its own that adverts go to (`mcast_dst_ip`); '' for the usual one. */
  group: string;
  /** True when packets to its addresses are accepted, though it does not own them. */
  accepts: boolean;
  /** The addresses that move with it, without masks. */
  addresses: string[];
  family: 4 | 6;
  file: string;
  line: number;
}

export interface KeepalivedConf {
  /** The value of `net_namespace`; '' where it does not leave the one it is started in. */
  namespace: string;
  /** The value of `net_namespace_ipvs`; '' where it is the same. */
  ipvsNamespace: string;
  /** True with `vrrp_strict` for all instances. */
  strict: boolean;
  instances: VrrpInstance[];
  servers: VirtualServer[];
  /** Messages on what could not be followed. */
  doubts: string[];
}

export function parseKeepalived(source: ConfSource): KeepalivedConf {
  const { lines, doubts } = readConfLines(source);
  const { blocks, doubts: more } = parseBlocks(lines);
  const global = blocks.filter(({ keyword }) => keyword === 'global_defs').flatMap((block) => block.blocks);
  const strict = isOn(global, 'vrrp_strict');
  return {
    namespace: find(blocks, 'net_namespace')?.args[0] ?? '',
    ipvsNamespace: find(blocks, 'net_namespace_ipvs')?.args[0] ?? '',
    strict,
    instances: blocks
      .filter(({ keyword }) => keyword === 'vrrp_instance')
      .map((block) => readInstance(block, strict)),
    servers: virtualServers(blocks),
    doubts: [...doubts, ...more],
  };
}

function readInstance({ args, blocks, file, line }: Block, strictByDefault: boolean): VrrpInstance {
  const addresses = addressesOf(blocks, 'virtual_ipaddress', 'virtual_ipaddress_excluded');
  const strict = isOn(blocks, 'strict_mode', strictByDefault);
  const state = find(blocks, 'state')?.args[0] ?? 'BACKUP';
  const priority = numberOf(blocks, ['priority'], 100);
  return {
    name: args[0] ?? '',
    state,
    interface: find(blocks, 'interface')?.args[0] ?? '',
    virtualRouterId: numberOf(blocks, ['virtual_router_id'], 0),
    priority,
    nopreempt: find(blocks, 'nopreempt', 'preempt')?.keyword === 'nopreempt',
    advertInterval: numberOf(blocks, ['advert_int'], 1),
    unicast: blocks.some(({ keyword }) => keyword === 'unicast_peer' || keyword === 'unicast_src_ip'),
    group: find(blocks, 'mcast_dst_ip')?.args[0] ?? '',
    accepts: accepts(blocks, strict, priority),
    addresses,
    family: addresses.some((address) => address.includes(':')) && !hasV4(blocks) ? 6 : 4,
    file,
    line,
  };
}

/** keepalived.conf(5), vrrp_strict: without accept or no_accept, "accept is set if priority is 255 and cleared otherwise". */
function accepts(blocks: readonly Block[], strict: boolean, priority: number): boolean {
  const setting = find(blocks, 'accept', 'no_accept')?.keyword;
  return setting === undefined ? !strict || priority === 255 : setting === 'accept';
}

/** Tells whether an instance is of IPv4: the addresses of `virtual_ipaddress` decide. */
function hasV4(blocks: readonly Block[]): boolean {
  return addressesOf(blocks, 'virtual_ipaddress').some((address) => !address.includes(':'));
}

/** `192.168.200.17/24 dev eth1` in braces, one a line. */
function addressesOf(blocks: readonly Block[], ...keywords: string[]): string[] {
  return blocks
    .filter(({ keyword }) => keywords.includes(keyword))
    .flatMap((block) => block.blocks)
    .flatMap(({ keyword }) => {
      const address = parseAddress(keyword.replace(/\/\d+$/, ''));
      return address === null ? [] : [printAddress(address)];
    });
}

/**
 * Tells whether keepalived's configuration takes effect in a namespace.
 * @param netns where it does: an inode, a name, or '' for the host's own
 * @param namespaces those of the host
 */
export function takesEffectIn(
  netns: string,
  { name, init }: { name: string; init: boolean },
  namespaces: readonly { inode: string; name: string }[],
): boolean {
  if (netns === '') return init;
  const known = namespaces.find(({ inode }) => inode === netns);
  return (known?.name ?? netns) === name;
}
