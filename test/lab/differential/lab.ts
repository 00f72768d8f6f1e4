/**
 * A router between a sender and a receiver, each in a network namespace of its own:
 *
 *   sender ─ in0 ┐        ┌ out0 ─ receiver (10.50.0.0/24, fd50::/64)
 *                ├ router ┤
 *   sender ─ in1 ┘        └ out1 ─ receiver (10.60.0.0/24, fd60::/64)
 *
 * The sender and the router send from many addresses, the receiver answers to all of its two networks.
 */
import { type ChildProcessWithoutNullStreams, execFileSync, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { isOwn, type Protocol } from './universe.ts';

export interface SentPacket {
  id: number;
  protocol: Protocol;
  source: string;
  sourcePort: number;
  destination: string;
  destinationPort: number;
}

export interface SeenPacket {
  id: number;
  source: string;
  destination: string;
  destinationPort: number;
}

export interface Lab {
  /** Runs sh in the router; throws with its standard error where it fails. */
  router(script: string): Promise<string>;
  send(packets: SentPacket[]): Promise<void>;
  /** What has arrived since the last time. */
  seen(): Promise<SeenPacket[]>;
  close(): void;
}

const PATH = `${process.env.PATH}:/usr/sbin:/sbin`;
const EVERYWHERE =
  'net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0 net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0';

export async function openLab(listen: [string, number][]): Promise<Lab> {
  const name = (role: string) => `twd-${process.pid}-${role}`;
  const [sender, router, receiver] = ['s', 'r', 'x'].map(name) as [string, string, string];
  const namespaces = [sender, router, receiver];
  const remove = () => {
    for (const namespace of namespaces)
      execFileSync('sh', ['-c', `ip netns del ${namespace} 2>/dev/null || :`], { env: { PATH } });
  };
  remove();
  execFileSync('sh', ['-ec', layout(sender, router, receiver)], { env: { PATH } });
  const shell = lineShell(router);
  const [from, own, to] = [link(sender), link(router), link(receiver)];
  await to.ask({ listen });
  return {
    router: shell.run,
    send: async (packets) => {
      const [here, there] = [
        packets.filter(({ source }) => isOwn(source)),
        packets.filter(({ source }) => !isOwn(source)),
      ];
      await Promise.all([own.ask({ send: here }), from.ask({ send: there })]);
    },
    seen: async () => ((await to.ask({ seen: true })) as { seen: SeenPacket[] }).seen,
    close: () => {
      for (const process of [shell.process, from.process, own.process, to.process]) process.kill();
      remove();
    },
  };
}

function layout(sender: string, router: string, receiver: string): string {
  const on = (namespace: string, command: string) => `ip netns exec ${namespace} ${command}`;
  const lines = [sender, router, receiver].flatMap((namespace) => [
    `ip netns add ${namespace}`,
    on(namespace, `sysctl -qw ${EVERYWHERE}`),
    on(namespace, 'ip link set lo up'),
  ]);
  for (const [i, prefix] of ['a', 'b'].entries()) {
    lines.push(...cable(sender, `s${i}`, router, `in${i}`, `10.254.${i}`, `fd${prefix}0:`));
  }
  for (const [i, net] of [50, 60].entries())
    lines.push(...cable(receiver, `x${i}`, router, `out${i}`, `10.${net}.0`, `fd${net}:`));
  lines.push(
    on(router, 'sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1'),
    // a second network and a second address on each way out, so that MASQUERADE has something to choose from
    on(router, 'ip addr add 10.51.0.9/24 dev out0'),
    on(router, 'ip addr add 10.50.0.8/24 dev out0'),
    on(router, 'ip addr add 10.61.0.9/32 dev out1'),
    on(router, 'ip route add 10.70.0.0/24 via 10.51.0.2'),
    on(receiver, 'ip addr add 10.51.0.2/24 dev x0'),
    on(router, 'ip route add 10.1.0.0/16 via 10.254.0.2'),
    on(router, 'ip -6 route add fd01::/16 via fda0::2'),
    on(router, 'ip -6 route add fd70::/64 via fd50::2'),
    // what starts at the router itself
    on(router, 'sysctl -qw net.ipv4.ip_nonlocal_bind=1 net.ipv6.ip_nonlocal_bind=1'),
    on(router, 'ip route add local 10.2.0.0/24 dev lo'),
    on(router, 'ip -6 route add local fd02::/64 dev lo'),
    // a mark sends packets out by the other way
    on(router, 'ip rule add fwmark 0x1/0x1 lookup 100'),
    on(router, 'ip -6 rule add fwmark 0x1/0x1 lookup 100'),
    on(router, 'ip route add 10.50.0.100/30 via 10.60.0.2 table 100'),
    on(router, 'ip -6 route add fd50::100/126 via fd60::2 table 100'),
    on(router, 'ip route add 10.60.0.100/30 via 10.51.0.2 table 100'),
    on(sender, 'ip route add local 10.1.0.0/16 dev lo'),
    on(sender, 'ip -6 route add local fd01::/16 dev lo'),
    on(sender, 'sysctl -qw net.ipv4.ip_nonlocal_bind=1 net.ipv6.ip_nonlocal_bind=1'),
    on(receiver, 'sysctl -qw net.ipv6.ip_nonlocal_bind=1'),
    // nobody answers neighbour discovery for addresses that are only routed to lo
    on(router, 'ip -6 route add fd50::100/126 via fd50::2'),
    on(router, 'ip -6 route add fd60::100/126 via fd60::2'),
    on(sender, 'ip route add default via 10.254.0.1'),
    on(sender, 'ip -6 route add default via fda0::1'),
    // what goes to odd addresses comes in by the other interface
    on(sender, 'ip route add 10.60.0.0/24 via 10.254.1.1'),
    on(sender, 'ip -6 route add fd60::/64 via fdb0::1'),
  );
  for (const net of [50, 60, 70]) {
    lines.push(
      on(receiver, `ip route add local 10.${net}.0.100/30 dev lo`),
      on(receiver, `ip -6 route add local fd${net}::100/126 dev lo`),
    );
  }
  lines.push(
    on(receiver, 'ip route add default via 10.50.0.1'),
    on(receiver, 'ip -6 route add default via fd50::1'),
  );
  return lines.join('\n');
}

function cable(a: string, left: string, router: string, right: string, net: string, net6: string): string[] {
  const mac = `02:00:00:00:${net6.slice(2, 4)}`;
  return [
    `ip link add ${left} netns ${a} type veth peer name ${right} netns ${router}`,
    `ip netns exec ${a} ip addr add ${net}.2/24 dev ${left}`,
    `ip netns exec ${router} ip addr add ${net}.1/24 dev ${right}`,
    `ip netns exec ${a} ip -6 addr add ${net6}:2/64 dev ${left} nodad`,
    `ip netns exec ${router} ip -6 addr add ${net6}:1/64 dev ${right} nodad`,
    `ip netns exec ${a} ip link set ${left} address ${mac}:02 up`,
    `ip netns exec ${router} ip link set ${right} address ${mac}:01 up`,
    // or rules that drop would drop neighbour discovery, too
    `ip netns exec ${a} ip -6 neigh replace ${net6}:1 dev ${left} lladdr ${mac}:01 nud permanent`,
    `ip netns exec ${router} ip -6 neigh replace ${net6}:2 dev ${right} lladdr ${mac}:02 nud permanent`,
  ];
}

function link(namespace: string) {
  const script = join(import.meta.dirname, 'wire.mjs');
  const process = spawn('ip', ['netns', 'exec', namespace, globalThis.process.execPath, script], {
    env: { PATH },
  });
  process.stderr.pipe(globalThis.process.stderr);
  const lines = createInterface({ input: process.stdout })[Symbol.asyncIterator]();
  const ask = async (request: object): Promise<unknown> => {
    process.stdin.write(`${JSON.stringify(request)}\n`);
    const { value, done } = await lines.next();
    if (done) throw new Error(`the wire in ${namespace} broke`);
    return JSON.parse(value);
  };
  return { process, ask };
}

const END = '--twlint-end--';

/** One shell for all scripts: starting one for each would be most of the work. */
function lineShell(namespace: string): { process: ChildProcessWithoutNullStreams; run: Lab['router'] } {
  const process = spawn('ip', ['netns', 'exec', namespace, 'sh'], { env: { PATH } });
  const lines = createInterface({ input: process.stdout })[Symbol.asyncIterator]();
  let complaints = '';
  process.stderr.on('data', (chunk) => {
    complaints += chunk;
  });
  const run = async (script: string) => {
    complaints = '';
    process.stdin.write(`( set -e\n${script}\n)\necho "\n${END} $?"\n`);
    let text = '';
    for (;;) {
      const { value, done } = await lines.next();
      if (done) throw new Error(`the shell in ${namespace} ended`);
      if (!value.startsWith(END)) text += `${value}\n`;
      else if (value === `${END} 0`) return text.replace(/\n$/, '');
      else throw new Error(`${complaints}\n${script}`);
    }
  };
  return { process, run };
}
