/** The fact `path`, which rules with `scope: path` see. */
import { type Parsed, type Type, t } from '../define.ts';
import type { Line, PathDrawing } from '../model.ts';
import type { Merging } from '../network/paths/sources.ts';

const subjectFields = {
  host: t.string("'' where no host of the inventory is it"),
  namespace: t.string("'' with host ''"),
};

const client = t.object({
  name: t.string('`m1`, `s2/rmt50-master`, `outside` (whoever the inventory does not own)'),
  ...subjectFields,
  address: t.string('The source address it sends with; a list of CIDRs for `outside`'),
  kernel: t.string("As `uname -r` prints it; '' where it is not known"),
  arrives: t.string("The source address that the server sees; '' where that can't be told"),
  pooled: t.bool('Rules on the way give its connections source ports, as `ports` has it'),
  clock: t.string(
    'Whose timestamps its SYNs carry: `shared by host m1`, `per peer` (of its own for each pair of addresses), ' +
      '`per connection`, `none` (its timestamps are off), `unknown`',
  ),
  uptime: t.double('Seconds since its host booted; -1 where it is not known'),
});

const ports = t.object(
  {
    source: t.string(
      "The source addresses that they arrive from, in words, the one with the most clocks first; '' where no rule gives ports",
    ),
    who: t.string("Who arrives from there, in words: `m1, s2 and 7 more`; ''"),
    random: t.string(
      "How rules draw their ports: `no`, `random`, `fully`; `unknown` where it is not known which rule does; ''",
    ),
    rewritten: t.string(
      'Whether they lose their ports even where nobody else has them: `yes`, `no` (as with MASQUERADE and no more), `unknown`',
    ),
    pool: t.int(
      'Ports to choose from, of that first source: those of all its addresses together; 0 where no rule gives ports',
    ),
    addresses: t.int('Its addresses to choose from; 0'),
    held: t.int(
      'For how many seconds the NAT gateway holds the port of a connection that has ended ' +
        '(net.netfilter.nf_conntrack_tcp_timeout_time_wait); -1 where it is not known',
    ),
    clients: t.int('Clients that get their ports of rules'),
    clocks: t.int('Different timestamp clocks behind that first source; `per connection` counts as two'),
    mixed: t.string(
      'Whether timestamps that do not follow each other leave by one port: `yes` of several clocks, and of a kernel whose ' +
        'offsets differ by port; `no`; `unknown`',
    ),
    by_port: t.list(t.string(), 'Names of the clients whose timestamps begin anew with each port'),
    kernels: t.list(t.string(), 'The releases of their kernels'),
  },
  'How rules on the way give source ports to clients, which share them with others of the same source',
);

const source = t.object({
  address: t.string('A source address that the server sees'),
  clients: t.list(t.string(), 'Names of the clients that arrive from it'),
  clocks: t.int('Different timestamp clocks that are known to be behind it; `per connection` counts as two'),
  unknown: t.int('Clients behind it whose clocks are not known; `outside` counts as one, and may be many'),
  merged: t.bool('It is not the own address of every one of them: a rule put it there'),
  winner: t.string("The client with the greatest clock: its connections work. '' where uptimes don't tell"),
  losers: t.list(
    t.string(),
    'The clients whose SYNs look older than what that one left behind, the worst first',
  ),
  certain: t.bool('That these clients arrive from it, at all times, follows from what was collected'),
});

const rule = t.object({
  ...subjectFields,
  text: t.string('As its program prints it'),
  origin: t.string('The program that printed it'),
  line: t.int('On which line'),
});

const hop = t.object({
  ...subjectFields,
  stage: t.string('`sends`, `OUTPUT`, `PREROUTING`, `IPVS wlc/masq`, `POSTROUTING`, `socket`, ...'),
  rule: t.string("The rule that did it, as printed, or the setting; '' where none did"),
  origin: t.string("The program or file that the rule or setting was read from; ''"),
  line: t.int('On which line; 0'),
  src: t.string('The source address after this hop'),
  dst: t.string('The destination after this hop, with the port where it is one: `10.244.3.27:5432`'),
  certain: t.bool(),
});

const clientTrace = t.object({
  clients: t.list(t.string(), 'Names of the clients that go this way'),
  source: t.string("The source address that the server sees; ''"),
  hops: t.list(hop),
  certain: t.bool(),
  doubts: t.list(t.string(), 'Why it is not certain'),
});

const server = t.object({
  ...subjectFields,
  address: t.string(),
  port: t.int('0: any'),
  forwarding: t.string("How IPVS sends to it: `masq`, `direct`, `tunnel`, `local`; '' without IPVS"),
  weight: t.int('0: gets no new connections; -1 without IPVS'),
  listens: t.string('Whether a socket waits there for TCP connections: `yes`, `no`, `unknown`'),
  returns: t.string(
    'Whether its replies come back through the director, which must undo the translation: `yes`, `no`, `unknown`, ' +
      '`not needed` where nothing is to be undone',
  ),
  returns_via: t.string("The next hop of its replies to a client: `10.0.0.1 (gw)`, `on link`; ''"),
  replies: t.string(
    'Of `direct` and `tunnel`: whether its replies, which bear the virtual address, `pass` the routers of the fleet, or ' +
      'are `dropped`, since a router has that address itself; `unknown`; `not needed` of others',
  ),
  replies_dropped_by: t.string("The host that drops them; ''"),
  holds_vip: t.bool(
    'One of its own interfaces has the virtual address, as real servers of `direct` and `tunnel` need',
  ),
  interface: t.string("Where the director's packets reach it; ''"),
  arp_ignore: t.int('In force there, max(all, interface); -1 where it is not known'),
  arp_announce: t.int('In force there, max(all, interface); -1 where it is not known'),
  rp_filter: t.int(
    'In force there (for `tunnel`, on the tunnel), max(all, interface); -1 where it is not known',
  ),
  rp_filter_on: t.string("The interface that this is of: for `tunnel`, the tunnel; ''"),
  addressless: t.bool('That interface has no IPv4 address: rp_filter 2 is as strict as 1 there'),
});

const owner = t.object({
  ...subjectFields,
  interface: t.string(),
  answers: t.bool('It answers ARP for the address on the segment that clients reach it by'),
});

export const pathType = t.object(
  {
    kind: t.string(
      '`ipvs`: a virtual service. `dnat`: a rule that changes destinations. `snat`: a rule that only changes sources',
    ),
    protocol: t.string('`tcp`, `udp`, `sctp`, `any`'),
    vip: t.string("The address that clients connect to; '' for `snat`"),
    port: t.int('The port that clients connect to; 0: any'),
    fwmark: t.int('The firewall mark that makes the service; 0: none'),
    nat_gateway: t.object({ ...subjectFields }, 'Where addresses are changed'),
    server,
    owners: t.list(owner, 'Who has the virtual address on an interface, on the same segment as the director'),
    conntrack: t.int('net.ipv4.vs.conntrack of the director; -1 without IPVS or where it is not known'),
    clients: t.list(
      client,
      'Who can send this way, those of the first source before others; up to 64; of very many hosts that are alike, some stand for the rest',
    ),
    clients_total: t.int('How many they are'),
    sources: t.list(
      source,
      'Source addresses that the server sees, the one with the most clocks first; up to 32',
    ),
    clocks: t.int('The most clocks that are known to be behind one source address'),
    unknown: t.int('Clients of unknown clock behind that address'),
    merged: t.string("That address; '' where no address has more than one client"),
    who: t.string("Who arrives from it, in words: `m1, s2 and 7 more`; ''"),
    winner: t.string("Of that address, who gets in; '' where it can't be told"),
    loser: t.string("Of that address, who does not, in words; '' where it can't be told"),
    rules: t.list(rule, 'The rules that give clients the address they share'),
    ports,
    source_rules: t.int('Rules of the director that change source addresses at all'),
    hops: t.list(clientTrace, 'The paths of the clients, hop by hop; up to 8'),
    certain: t.bool('Nothing about this path is guessed'),
    doubts: t.list(t.string(), 'What is not certain, and why'),
  },
  'The way from clients to a server, through whatever changes addresses.',
);

type Of<T> = T extends Type<infer U> ? U : never;
export type PathFact = Of<typeof pathType>;
export type PathClient = Of<typeof client>;
export type PathSource = Of<typeof source>;
export type PathServer = Of<typeof server>;
export type PathTrace = Of<typeof clientTrace>;
export type PathHop = Of<typeof hop>;
export type PathRule = Of<typeof rule>;
export type PathPorts = Of<typeof ports>;
export type PathOwner = Of<typeof owner>;

/** A line of evidence, and its host. */
export interface PathLine extends Line {
  host: string;
  namespace: string;
}

/** A path of the fleet, to try rules on. */
export interface AuditedPath {
  /** The host that a finding is about: the server where the fleet owns it, else the NAT gateway. */
  host: string;
  namespace: string;
  /** The name, equal for the same path in the next run: `ipvs tcp 192.168.128.5:5432 s2 10.244.3.27:5432`. */
  name: string;
  /**
   * `lines` by the words of rules: `rules`, `director`, `clients`, `server`, `conntrack`, `owners`. `unreadable` has
   * the fields that could not be worked out, with the reasons (`clocks: "nat of s2 is not known: denied"`).
   */
  fact: Parsed<PathFact> & { lines: Record<string, PathLine[]> };
  drawing: PathDrawing;
  merging: Merging;
  /** The number of further paths that are like this one but for the addresses of service and server. */
  alike: number;
}
