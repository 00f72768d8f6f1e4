/**
 * Reads IPVS's table from /proc/net/ip_vs, `ipvsadm -L -n` and `ipvsadm-save -n`.
 * /proc/net/ip_vs: linux 6.1, net/netfilter/ipvs/ip_vs_ctl.c, ip_vs_info_seq_show.
 */

import { onceFor } from '../once-for.ts';
import { wordTable } from '../word-table.ts';
import { type Address, parseAddress, parseV6 } from './address-text.ts';

export type Forwarding = 'masq' | 'direct' | 'tunnel' | 'local';

export interface VirtualService {
  /** The protocol: `TCP`, `UDP`, `SCTP`, or `FWM` for a service by firewall mark. */
  protocol: string;
  /** Null for a service by firewall mark. */
  address: Address | null;
  /** The port; 0: every port (persistent services), or by firewall mark. */
  port: number;
  fwmark: number;
  /** The packets that it is for; null where that is not known: the kernel's table does not say it of marks. */
  family: 4 | 6 | null;
  scheduler: string;
  persistent: boolean;
  /** The seconds a client stays with its server; null when not persistent, or not known in seconds. */
  timeout: number | null;
  onePacket: boolean;
  servers: RealServer[];
  text: string;
  origin: string;
  line: number;
}

type ServiceLine = Pick<VirtualService, 'text' | 'origin' | 'line'>;

export interface RealServer {
  address: Address;
  port: number;
  forwarding: Forwarding;
  weight: number;
  /** The number of active connections; null where the source does not report it. */
  active: number | null;
  inactive: number | null;
}

const byServer = onceFor(
  (services: readonly VirtualService[]): ReadonlyMap<RealServer, VirtualService> =>
    new Map(services.flatMap((service) => service.servers.map((one) => [one, service] as const))),
);

/** Returns the service that this very real server is listed for. */
export function serviceOf(
  services: readonly VirtualService[],
  server: RealServer,
): VirtualService | undefined {
  return byServer(services).get(server);
}

const asSet = onceFor((servers: readonly RealServer[]): ReadonlySet<RealServer> => new Set(servers));

/** Tells whether this very real server is listed there: a service may have thousands. */
export const isServerOf = (servers: readonly RealServer[], server: RealServer): boolean =>
  asSet(servers).has(server);

/**
 * Reads /proc/net/ip_vs, and the same table as `ipvsadm -L -n` prints it. In the former the persistence timeout is in
 * jiffies, and their length is not known: never in seconds.
 */
export function parseIpvsTable(text: string, origin: string): VirtualService[] {
  const lines = text.split('\n');
  // ipvsadm -t prints no title
  const top = lines[0]?.startsWith('IP Virtual Server') ? 1 : 0;
  if (top === 0 && !lines[0]?.startsWith('Prot '))
    throw new Error(`${origin}:1: no table of IPVS: ${lines[0]}`);
  // ipvsadm has other columns for --stats, --rate and the like
  if (!/^Prot LocalAddress:Port Scheduler Flags/.test(lines[top] ?? ''))
    throw new Error(`${origin}:${top + 1}: not the columns of the table: ${lines[top]}`);
  const form = /Port {2,}Forward/.test(lines[top + 1] ?? '') ? PRINTED : KERNELS;
  const services: VirtualService[] = [];
  for (const [i, raw] of lines.entries()) {
    const content = raw.trim();
    if (i < top + 2 || content === '') continue;
    const server = content.startsWith('->') ? readTableServer(content, form) : null;
    const service = server ? null : readTableService(content, { text: content, origin, line: i + 1 }, form);
    const last = services.at(-1);
    if (service) services.push(service);
    else if (server && last) last.servers.push(server);
    else throw new Error(`${origin}:${i + 1}: not understood: ${raw}`);
  }
  return services.map((service) => ({ ...service, family: service.family ?? familyOf(service.servers) }));
}

/** Only through a tunnel do packets get to a server of the other family (linux 6.1, ip_vs_ctl.c, ip_vs_genl_set_cmd). */
const familyOf = (servers: readonly RealServer[]) =>
  servers.find(({ forwarding }) => forwarding !== 'tunnel')?.address.family ?? null;

/**
 * `TCP  C0A88005:1538 wlc  persistent 1800000 FFFFFFFF`, `FWM  10001000 wlc ops`; ipvsadm writes
 * `TCP  192.168.128.5:5432 wlc persistent 1800`, `FWM  268439552 wlc ops`, `FWM  7 IPv6 wlc`
 */
function readTableService(content: string, written: ServiceLine, form: Form): VirtualService | null {
  const [protocol = '', where = '', ...about] = content.split(/\s+/);
  const ofIpv6 = about[0] === 'IPv6';
  const [scheduler = '', ...flags] = ofIpv6 ? about.slice(1) : about;
  const marked = protocol === 'FWM';
  const endpoint = marked ? null : form.endpoint(where);
  if (!/^(TCP|UDP|SCTP|FWM)$/.test(protocol) || (!marked && !endpoint)) return null;
  const persistence = flags.indexOf('persistent');
  return {
    protocol,
    address: endpoint?.address ?? null,
    port: endpoint?.port ?? 0,
    fwmark: marked ? Number.parseInt(where, form.radix) : 0,
    family: endpoint?.address.family ?? (ofIpv6 ? 6 : form.marksOf),
    scheduler,
    persistent: persistence >= 0,
    timeout: persistence >= 0 && form.seconds ? Number(flags[persistence + 1]) : null,
    onePacket: flags.includes('ops'),
    servers: [],
    ...written,
  };
}

/** `  -> 0AF4031B:1538      Masq    1      0          8`, `  -> 10.244.3.27:5432   Masq    1      0          8` */
function readTableServer(content: string, form: Form): RealServer | null {
  const match = /^-> (\S+)\s+(\S+)\s+(\d+)\s+(\d+)\s+(\d+)$/.exec(content.trim());
  if (!match) return null;
  const [, where = '', method = '', weight, active, inactive] = match;
  const endpoint = form.endpoint(where);
  const forwarding = FORWARDING[method];
  if (!endpoint || !forwarding) return null;
  return {
    ...endpoint,
    forwarding,
    weight: Number(weight),
    active: Number(active),
    inactive: Number(inactive),
  };
}

/** The notation of one of the two for addresses, ports, marks and timeouts. */
interface Form {
  endpoint: (text: string) => { address: Address; port: number } | null;
  radix: 10 | 16;
  seconds: boolean;
  /** The family of marks without a word about it. */
  marksOf: 4 | null;
}

const KERNELS: Form = { endpoint: hexEndpoint, radix: 16, seconds: false, marksOf: null };
const PRINTED: Form = { endpoint, radix: 10, seconds: true, marksOf: 4 };

const FORWARDING = wordTable<Forwarding>({
  Masq: 'masq',
  Route: 'direct',
  Tunnel: 'tunnel',
  Local: 'local',
});

/** `C0A88005:1538`, `[2620:0000:...:0001]:0050` */
function hexEndpoint(text: string): { address: Address; port: number } | null {
  const match = /^(?:([0-9A-Fa-f]{8})|\[([0-9A-Fa-f:.]+)\]):([0-9A-Fa-f]{4})$/.exec(text);
  if (!match) return null;
  const [, v4, v6 = '', digits = ''] = match;
  const port = Number.parseInt(digits, 16);
  if (v4) return { address: { family: 4, value: Number.parseInt(v4, 16) }, port };
  const value = parseV6(v6);
  return value === null ? null : { address: { family: 6, value }, port };
}

/** Reads `ipvsadm-save -n` (`ipvsadm -S -n`): `-A -t 10.0.0.1:80 -s wlc -p 1800`, `-a -t 10.0.0.1:80 -r 10.1.0.1:80 -m -w 1`. */
export function parseIpvsadmSave(text: string, origin: string): VirtualService[] {
  const services = new Map<string, VirtualService>();
  for (const [i, raw] of text.split('\n').entries()) {
    const tokens = raw.trim().split(/\s+/);
    if (/^\s*(#|$)/.test(raw)) continue;
    const [verb, kind = '', where = ''] = tokens;
    // one mark may make a service of each family
    const key = `${kind} ${where} ${tokens.includes('-6')}`;
    const service =
      verb === '-A' ? savedService(kind, where, tokens, { text: raw.trim(), origin, line: i + 1 }) : null;
    const server = verb === '-a' ? savedServer(tokens) : null;
    const declared = services.get(key);
    if (service) services.set(key, service);
    else if (server && declared) declared.servers.push(server);
    else throw new Error(`${origin}:${i + 1}: no line of ipvsadm-save -n: ${raw}`);
  }
  return [...services.values()];
}

const PROTOCOLS = wordTable<string>({
  '-t': 'TCP',
  '-u': 'UDP',
  '--sctp-service': 'SCTP',
  '-f': 'FWM',
});

/** ipvsadm(8): `-p` without a number stands for 300 s. */
const DEFAULT_PERSISTENCE = 300;

function savedService(
  kind: string,
  where: string,
  tokens: string[],
  written: ServiceLine,
): VirtualService | null {
  const protocol = PROTOCOLS[kind];
  const at = protocol === 'FWM' ? null : endpoint(where);
  if (!protocol || (protocol !== 'FWM' && !at)) return null;
  const persistence = tokens.indexOf('-p');
  const seconds = Number(tokens[persistence + 1]);
  return {
    protocol,
    address: at?.address ?? null,
    port: at?.port ?? 0,
    fwmark: at ? 0 : Number(where),
    family: at?.address.family ?? (tokens.includes('-6') ? 6 : 4),
    scheduler: after(tokens, '-s') ?? 'wlc',
    persistent: persistence >= 0,
    timeout: persistence < 0 ? null : Number.isInteger(seconds) ? seconds : DEFAULT_PERSISTENCE,
    onePacket: tokens.includes('-o') || tokens.includes('--ops'),
    servers: [],
    ...written,
  };
}

function savedServer(tokens: string[]): RealServer | null {
  const at = endpoint(after(tokens, '-r') ?? '');
  if (!at) return null;
  const forwarding = tokens.includes('-m') ? 'masq' : tokens.includes('-i') ? 'tunnel' : 'direct';
  return { ...at, forwarding, weight: Number(after(tokens, '-w') ?? 1), active: null, inactive: null };
}

const after = (tokens: string[], name: string) =>
  tokens.includes(name) ? tokens[tokens.indexOf(name) + 1] : undefined;

/** `10.0.0.1:80`, `[2001:db8::1]:80`, `10.0.0.1` */
function endpoint(text: string): { address: Address; port: number } | null {
  const match = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d+))?$/.exec(text);
  const address = parseAddress(match?.[1] ?? match?.[2] ?? '');
  return address && { address, port: Number(match?.[3] ?? 0) };
}
