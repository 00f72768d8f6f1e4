/** The virtual servers of keepalived.conf, their real servers and the checks of these. */
import { wordTable } from '../../word-table.ts';
import { type Address, parseAddress, printAddress } from '../address-text.ts';
import type { Forwarding } from '../ipvs.ts';
import { type Block, find, isOn, numberOf } from './blocks.ts';

export interface VirtualServer {
  /** The name as written: `192.168.128.5 5432`, `fwmark 7`, `group web`. */
  name: string;
  protocol: string;
  /** The endpoints it takes connections to: one, or the entries of its group. */
  places: VirtualEndpoint[];
  scheduler: string;
  /** The persistence timeout in seconds; 0 where not persistent. */
  persistence: number;
  /** True when checks wait until the virtual address is on this host. */
  suspended: boolean;
  /** True when real servers are taken for dead until a check succeeds. */
  alpha: boolean;
  /** The sorry server: `10.0.0.9 80`; '' where there is none. */
  sorryServer: string;
  servers: ConfiguredServer[];
  file: string;
  line: number;
}

/** An address and port (0: any), or a firewall mark. */
interface VirtualEndpoint {
  address: string;
  port: number;
  fwmark: number;
}

interface ConfiguredServer {
  address: string;
  port: number;
  weight: number;
  forwarding: Forwarding;
  /** True when a failed check sets the weight to 0 and leaves the server in the table. */
  inhibited: boolean;
  checks: HealthCheck[];
  file: string;
  line: number;
}

export interface HealthCheck {
  /** The kind: `TCP_CHECK`, `HTTP_GET`, ... */
  kind: string;
  /** The seconds one attempt may take. */
  timeout: number;
  /** The further attempts after one that failed: the server is out after retry + 1. */
  retry: number;
  /** The seconds between attempts. */
  delayBeforeRetry: number;
  /** The seconds between checks while all is well. */
  interval: number;
  line: number;
}

const FORWARDING = wordTable<Forwarding>({ NAT: 'masq', DR: 'direct', TUN: 'tunnel' });

export function virtualServers(blocks: readonly Block[]): VirtualServer[] {
  const groups = new Map(
    blocks.filter(({ keyword }) => keyword === 'virtual_server_group').map((group) => [group.args[0], group]),
  );
  return blocks
    .filter(({ keyword }) => keyword === 'virtual_server')
    .map((block) => readServer(block, groups.get(block.args[1])));
}

function readServer(block: Block, group: Block | undefined): VirtualServer {
  const { args, blocks, file, line } = block;
  const persistence = find(blocks, 'persistence_timeout');
  const [first = '', second] = find(blocks, 'sorry_server')?.args ?? [];
  return {
    name: args.join(' '),
    protocol: (find(blocks, 'protocol')?.args[0] ?? 'TCP').toUpperCase(),
    places:
      args[0] === 'group'
        ? (group?.blocks ?? []).flatMap(endpointsOf)
        : endpointsOf({ ...block, ...asEntry(args) }),
    scheduler: find(blocks, 'lvs_sched', 'lb_algo')?.args[0] ?? '',
    // IPVS_SVC_PERSISTENT_TIMEOUT
    persistence: persistence === undefined ? 0 : Number(persistence.args[0] ?? 360) || 0,
    suspended: isOn(blocks, 'ha_suspend'),
    alpha: isOn(blocks, 'alpha'),
    sorryServer: second === undefined ? first : `${first} ${second}`,
    servers: blocks
      .filter(({ keyword }) => keyword === 'real_server')
      .flatMap((server) => readRealServer(server, block)),
    file,
    line,
  };
}

function asEntry([keyword = '', ...args]: readonly string[]) {
  return { keyword, args };
}

/** The most addresses that a range may stand for. */
const WIDEST = 256;

/** `10.0.0.2 80`, `192.168.200.1-10 80`, `192.168.202.8/29`, `fwmark 7` */
function endpointsOf({ keyword, args }: Pick<Block, 'keyword' | 'args'>): VirtualEndpoint[] {
  if (keyword === 'fwmark') return [{ address: '', port: 0, fwmark: Number(args[0]) || 0 }];
  const port = Number(args[0] ?? 0) || 0;
  return addressesOf(keyword).map((address) => ({ address, port, fwmark: 0 }));
}

function addressesOf(text: string): string[] {
  const range = /^(.*?([.:]))([0-9a-fA-F]+)(?:-([0-9a-fA-F.:]+)|\/(\d+))?$/.exec(text);
  const first = parseAddress(text.replace(/[-/].*$/, ''));
  if (range === null || first === null) return [];
  const [, head, separator = '', , end, bits] = range;
  const last = end === undefined ? null : parseAddress(end.includes(separator) ? end : head + end);
  const width = first.family === 4 ? 32 : 128;
  const count = bits === undefined ? distance(first, last ?? first) + 1 : 2 ** (width - Number(bits));
  return Array.from({ length: Math.min(Math.max(count, 0), WIDEST) }, (_, i) =>
    printAddress(moved(first, i)),
  );
}

function distance(first: Address, last: Address): number {
  return Number(BigInt(last.value) - BigInt(first.value));
}

function moved(address: Address, by: number): Address {
  return address.family === 4
    ? { family: 4, value: address.value + by }
    : { family: 6, value: address.value + BigInt(by) };
}

function readRealServer(block: Block, above: Block): ConfiguredServer[] {
  const { args, blocks, file, line } = block;
  const address = parseAddress(args[0] ?? '');
  if (address === null) return [];
  const method =
    (find(blocks, 'lvs_method') ?? find(above.blocks, 'lvs_method', 'lb_kind'))?.args[0] ?? 'NAT';
  return [
    {
      address: printAddress(address),
      port: Number(args[1] ?? 0) || 0,
      weight: numberOf(blocks, ['weight'], numberOf(above.blocks, ['weight'], 1)),
      forwarding: FORWARDING[method] ?? 'masq',
      inhibited: isOn(blocks, 'inhibit_on_failure', isOn(above.blocks, 'inhibit_on_failure')),
      checks: blocks.filter(isCheck).map((check) => readCheck(check, [block.blocks, above.blocks])),
      file,
      line,
    },
  ];
}

const isCheck = ({ keyword }: Block) => /^[A-Z0-9]+_(?:CHECK|GET)$/.test(keyword);

/** "Default: 1 unless specified below" */
const RETRIES = wordTable<number>({ MISC_CHECK: 0, DNS_CHECK: 3 });

/** Reads a check: settings it leaves open come from its real server, then the virtual server, then keepalived. */
function readCheck({ keyword: kind, blocks, line }: Block, above: readonly Block[][]): HealthCheck {
  const value = (keywords: string[], otherwise: number) =>
    [blocks, ...above].reduceRight((outer, level) => numberOf(level, keywords, outer), otherwise);
  const interval = value(['delay_loop'], 60);
  const slow = kind === 'HTTP_GET' || kind === 'SSL_GET';
  return {
    kind,
    timeout: kind === 'MISC_CHECK' ? value(['misc_timeout'], interval) : value(['connect_timeout'], 5),
    // before 2.0, HTTP_GET called it nb_get_retry
    retry: value(['retry', 'nb_get_retry'], RETRIES[kind] ?? 1),
    delayBeforeRetry: value(['delay_before_retry'], kind === 'DNS_CHECK' ? interval : slow ? 3 : 1),
    interval,
    line,
  };
}
