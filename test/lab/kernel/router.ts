/**
 * A router that is asked what it does with single UDP packets, and what the engine says of it:
 *
 *   sender c0 ─ in0 router ┬ out1 ─ s1 sink (172.30.0.2/16)
 *    (10.50.0.2/16)        └ out2 ─ s2 sink (172.31.0.2/16)
 *
 * The router has 10.50.0.1, 172.30.0.1 and 172.31.0.1, and its default route leads to 172.30.0.2. Packets of the sender
 * bear whatever source is wanted, since nft writes it there.
 */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { readSnapshot } from '../../../src/collect/snapshot.ts';
import { nodesOf } from '../../../src/fleet/nodes.ts';
import { readHost } from '../../../src/host/host-model.ts';
import { parseAddress } from '../../../src/network/address-text.ts';
import { addressSet, printAddresses } from '../../../src/network/addresses.ts';
import { withBudget } from '../../../src/network/topology/nodes.ts';
import type { Namespace } from '../../../src/network/walk/namespace.ts';
import { afterwards } from '../../../src/network/walk/outcomes.ts';
import { packets } from '../../../src/network/walk/packets.ts';
import { receive, send } from '../../../src/network/walk/walk.ts';
import { PROGRAM } from '../../twlint.ts';

export interface AskedPacket {
  /** True for a packet of the router's own sockets. */
  sent: boolean;
  source: string;
  destination: string;
}

const PATH = `${process.env.PATH}:/usr/sbin:/sbin`;
const NAMES = ['c', 'r', 's'].map((role) => `twk-${process.pid}-${role}`);
const [CLIENT, ROUTER, SINK] = NAMES as [string, string, string];

const sh = (script: string) =>
  execFileSync('sh', ['-ec', script], { env: { ...process.env, PATH }, encoding: 'utf8' });
const inside = (name: string, command: string) => sh(`ip netns exec ${name} ${command}`);

export function closeRouter(): void {
  sh(NAMES.map((name) => `ip netns del ${name} 2>/dev/null || :`).join('\n'));
}

/** Makes the namespaces anew, and runs the commands in the router. */
export function openRouter(commands: string): void {
  closeRouter();
  sh(`
    for n in ${NAMES.join(' ')}; do
      ip netns add $n
      ip netns exec $n sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0 \\
        net.ipv6.conf.default.accept_dad=0
      ip -n $n link set lo up
    done
    ip link add in0 netns ${ROUTER} type veth peer name c0 netns ${CLIENT}
    for i in 1 2; do ip link add out$i netns ${ROUTER} type veth peer name s$i netns ${SINK}; done
    ip -n ${CLIENT} addr add 10.50.0.2/16 dev c0; ip -n ${CLIENT} link set c0 up
    for i in 1 2; do
      ip -n ${SINK} link set s$i address 02:00:00:00:00:1$i
      ip -n ${SINK} addr add 172.3$((i - 1)).0.2/16 dev s$i; ip -n ${SINK} link set s$i up
      ip -n ${SINK} route add local 172.3$((i - 1)).5.0/24 dev s$i
    done
    for i in in0 out1 out2; do ip -n ${ROUTER} link set $i up; done
    ip -n ${ROUTER} addr add 10.50.0.1/16 dev in0
    ip -n ${ROUTER} addr add 172.30.0.1/16 dev out1; ip -n ${ROUTER} addr add 172.31.0.1/16 dev out2
    ip -n ${ROUTER} route add default via 172.30.0.2 dev out1 onlink
    ip -n ${ROUTER} link set in0 address 02:00:00:00:00:01
    ip -n ${CLIENT} neigh replace 10.50.0.1 lladdr 02:00:00:00:00:01 dev c0
    ip -n ${CLIENT} route add default via 10.50.0.1
    ip netns exec ${ROUTER} sysctl -qw net.ipv4.ip_forward=1
    ip netns exec ${ROUTER} sh -ec '${commands.replaceAll("'", `'\\''`)}'`);
}

/** The router as an audit of it finds it. */
export function lookAtRouter(folder: string): Namespace {
  const snapshot = join(folder, 'snapshot');
  sh(`cd ${folder}
    echo 'all: { hosts: { router: { ansible_connection: local } } }' >hosts.yaml
    ip netns exec ${ROUTER} ${process.execPath} ${PROGRAM} collect -q -i hosts.yaml --netns init -o ${snapshot} >/dev/null`);
  const [node] = readSnapshot(snapshot).hosts.flatMap((host) => withBudget(nodesOf(readHost(host))));
  if (!node || node.missing.some(({ inPart }) => !inPart))
    throw new Error(`not all of the router could be read: ${JSON.stringify(node?.missing)}`);
  return node.net;
}

/** What the kernel does with each packet, of which so many are awaited somewhere: `dropped`, `delivered`, `forwarded out1 10.50.0.7 > 8.8.8.8`. */
export function askKernel(asked: readonly AskedPacket[], arriving: number): string[] {
  const port = (i: number) => 20000 + i;
  const table = (hook: string) => `
    table ip probe {
      set seen { type ifname . ipv4_addr . ipv4_addr . inet_service; size 1000; flags dynamic; }
      chain seen { ${hook}; meta l4proto udp update @seen { iifname . ip saddr . ip daddr . udp sport }; }
    }`;
  const sources = asked.map(({ source }, i) => `${port(i)} : ${source}`).join(', ');
  inside(
    CLIENT,
    `nft -f - <<"NFT"
    table ip forge {
      map sources { type inet_service : ipv4_addr; elements = { ${sources} }; }
      chain forge { type filter hook postrouting priority 0; ip saddr set udp sport map @sources; }
    }\nNFT`,
  );
  inside(ROUTER, `nft -f - <<"NFT"${table('type filter hook input priority 1000')}\nNFT`);
  inside(SINK, `nft -f - <<"NFT"${table('type filter hook prerouting priority -500')}\nNFT`);
  const goals = asked.map(({ destination, sent, source }, i) => ({
    destination,
    port: port(i),
    sent,
    source,
  }));
  for (const sent of [false, true]) {
    const some = goals.filter((goal) => goal.sent === sent);
    if (some.length > 0)
      inside(sent ? ROUTER : CLIENT, `${process.execPath} -e '${SENDER}' '${JSON.stringify(some)}'`);
  }
  let seen: ReturnType<typeof seenIn> = [];
  for (let looks = 0; looks === 0 || (looks < MOST_LOOKS && seen.length < arriving); looks++)
    seen = [...seenIn(ROUTER), ...seenIn(SINK)];
  return asked.map((_, i) => seen.find((one) => one.port === port(i))?.what ?? 'dropped');
}

/** Neighbours have to be found before anything is sent. */
const MOST_LOOKS = 100;

const SENDER = `
  const { createSocket } = require("dgram");
  for (const { destination, port, sent, source } of JSON.parse(process.argv[1])) {
    const socket = createSocket("udp4");
    socket.bind(port, sent ? source : "0.0.0.0", () => socket.send("x", 80, destination, () => setTimeout(() => socket.close(), 150)));
    socket.on("error", () => {});
  }`;

/** What the sets hold, once nothing more arrives. */
function seenIn(name: string): { port: number; what: string }[] {
  const listed = JSON.parse(inside(name, 'nft -j list set ip probe seen')) as {
    nftables: { set?: { elem?: { elem?: { val: Concatenated }; concat?: unknown[] }[] } }[];
  };
  const elements = listed.nftables.flatMap(({ set }) => set?.elem ?? []);
  return elements.map((element) => {
    const [device, source, destination, port] = (
      'elem' in element ? element.elem!.val : (element as Concatenated)
    ).concat;
    const through = `out${device.slice(1)} ${source} > ${destination}`;
    return { port: Number(port), what: name === ROUTER ? 'delivered' : `forwarded ${through}` };
  });
}

interface Concatenated {
  concat: [string, string, string, number];
}

/** The same, as the engine has it; `not certain: ...` where it does not know. */
export function askEngine(net: Namespace, asked: readonly AskedPacket[]): string[] {
  return asked.map(({ sent, source, destination }, i) => {
    const one = packets(addressSet(parseAddress(source)!), addressSet(parseAddress(destination)!), {
      protocol: [17, 17],
      sourcePort: [20000 + i, 20000 + i],
      destinationPort: [80, 80],
    });
    const parts = sent ? send(net, one) : receive(net, one, 'in0');
    const ends = parts.flatMap(({ packets: set, outcomes }) =>
      outcomes.map((outcome) => {
        const after = afterwards(set, outcome);
        const through = `${outcome.out} ${printAddresses(after.source)} > ${printAddresses(after.destination)}`;
        if (outcome.verdict === 'forwarded') return `forwarded ${through}`;
        return outcome.verdict === 'unroutable' ? 'dropped' : outcome.verdict;
      }),
    );
    const doubts = parts.flatMap(({ outcomes }) => outcomes.flatMap((outcome) => outcome.doubts));
    return doubts.length > 0 || ends.length !== 1
      ? `not certain: ${ends.join(' | ')} (${doubts.map(({ reason }) => reason).join('; ')})`
      : ends[0]!;
  });
}
