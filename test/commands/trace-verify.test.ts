/** `trace --verify`: what a host's kernel makes of a connection that it really opens, beside what the trace says. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectionRequest, replyIn } from '../../src/commands/trace/connection-request.ts';
import { verificationOf } from '../../src/commands/trace/verification.ts';
import { parseAddress } from '../../src/network/address-text.ts';
import { topologyOf } from '../../src/network/topology/topology.ts';
import { tracePacket } from '../../src/network/trace/packet.ts';
import { describeWhere } from '../needs.ts';
import { demoNodes, INCIDENT } from '../network/paths-fleet.ts';
import { type LabHost, startHost } from '../rules/hosts.ts';
import { temporaryFolder } from '../temporary.ts';
import { twlint } from '../twlint.ts';

const [CLIENT, ROUTER, SERVER] = ['client', 'router', 'server'];

/**
 * A client (10.91.0.2), a router that translates, and a server (10.91.1.2) that listens on 8080: what goes to port 9 is
 * dropped by a rule, and what comes back from 10 by one of the server's.
 */
const LAB = `
  for n in ${CLIENT} ${ROUTER} ${SERVER}; do ip netns add $n; ip -n $n link set lo up; done
  ip link add c0 netns ${CLIENT} type veth peer name r0 netns ${ROUTER}
  ip link add s0 netns ${SERVER} type veth peer name r1 netns ${ROUTER}
  ip -n ${CLIENT} addr add 10.91.0.2/24 dev c0; ip -n ${CLIENT} link set c0 up
  ip -n ${CLIENT} addr add 10.91.0.3/24 dev c0
  ip -n ${CLIENT} route add default via 10.91.0.1
  ip -n ${ROUTER} addr add 10.91.0.1/24 dev r0; ip -n ${ROUTER} link set r0 up
  ip -n ${ROUTER} addr add 10.91.1.1/24 dev r1; ip -n ${ROUTER} link set r1 up
  ip -n ${SERVER} addr add 10.91.1.2/24 dev s0; ip -n ${SERVER} link set s0 up
  ip -n ${SERVER} route add default via 10.91.1.1
  ip netns exec ${ROUTER} sysctl -qw net.ipv4.ip_forward=1
  ip netns exec ${ROUTER} nft -f - <<'RULES'
table ip t {
  chain pre {
    type nat hook prerouting priority dstnat
    ip daddr 10.91.0.1 tcp dport 80 counter dnat to 10.91.1.2:8080
  }
  chain post {
    type nat hook postrouting priority srcnat
    oifname "r1" ip saddr 10.91.0.2 counter masquerade
  }
  chain through {
    type filter hook forward priority filter
    tcp dport 9 counter drop
    tcp dport 11 counter reject with tcp reset
  }
}
RULES
  ip netns exec ${SERVER} nft add table ip t
  ip netns exec ${SERVER} nft add chain ip t out "{ type filter hook output priority 0; }"
  ip netns exec ${SERVER} nft add rule ip t out tcp sport 10 drop
`;

describeWhere(
  { root: true, programs: ['ip', 'nft', 'python3', 'nsenter'] },
  'a connection that is really opened',
  () => {
    const folder = temporaryFolder('verify');
    writeFileSync(join(folder, 'hosts.ini'), 'here ansible_host=127.0.0.1\n');
    let host: LabHost;
    let via: string[];
    const sh = async (script: string): Promise<string> => {
      const { status, said } = await host.run(`set -e\n${script}`);
      if (status !== 0) throw new Error(said);
      return said;
    };
    beforeAll(async () => {
      host = await startHost('here', folder);
      const { path, args } = host.within(['sh']);
      via = ['--via', [path, ...args].join(' ')];
      await sh(LAB);
      const listen =
        'import socket,time; s=socket.create_server((\\"10.91.1.2\\", 8080)); print(1, flush=True); time.sleep(600)';
      await sh(`ip netns exec ${SERVER} setsid python3 -c "${listen}" </dev/null >${folder}/listens 2>&1 &
        until [ -s ${folder}/listens ]; do sleep 0.1; done`);
    }, 60_000);
    afterAll(() => host?.stop());

    const asked = async (source: string, to: string, port: number, verify: string) => {
      const packet = ['--src', source, '--dst', to, '--dport', String(port)];
      const { status, stdout, stderr } = await twlint(folder, [
        ...['trace', '-i', 'hosts.ini', ...via, '-q', '--format', 'json', '--verify', verify],
        ...packet,
      ]);
      expect(stderr).toBe('');
      return { status, ...(JSON.parse(stdout) as Seen) };
    };
    interface Seen {
      outcome: string;
      verified?: { reply: string; verdict: string; rules: { packets: { before: number; after: number } }[] };
    }
    const grown = ({ verified }: Seen) =>
      verified?.rules.map(({ packets }) => packets.after - packets.before);

    it.each([
      ['10.91.0.2', '10.91.0.1', 80, 'delivered', 'connected', 'agrees', [1, 1]],
      ['10.91.0.3', '10.91.0.1', 80, 'delivered', 'connected', 'agrees', [1]],
      ['10.91.0.2', '10.91.1.2', 81, 'delivered', 'refused', 'agrees', [1]],
      ['10.91.0.2', '10.91.1.2', 10, 'delivered', 'silent', 'not known', [1]],
      ['10.91.0.2', '10.91.0.9', 80, 'exits-fleet', 'unreachable', 'not known', []],
    ] as const)('%s > %s:%i', async (source, to, port, outcome, reply, verdict, counts) => {
      const seen = await asked(source, to, port, 'send');
      expect([seen.outcome, seen.verified?.reply, seen.verified?.verdict, grown(seen)]).toEqual([
        outcome,
        reply,
        verdict,
        counts,
      ]);
      expect(seen.status).toBe(verdict === 'agrees' ? 0 : 3);
    });

    it.each([
      [9, 'silent'],
      [11, 'refused'],
    ])('what a rule drops: port %i', async (port, reply) => {
      const seen = await asked('10.91.0.2', '10.91.1.2', port, 'send');
      expect([seen.outcome, seen.verified?.reply, seen.verified?.verdict]).toEqual([
        'dropped',
        reply,
        'agrees',
      ]);
      expect(grown(seen)?.[0]).toBeGreaterThan(0);
    });

    it('only says what it would send', async () => {
      const before = await sh(`ip netns exec ${ROUTER} nft list ruleset`);
      const { status, stdout } = await twlint(folder, [
        ...['trace', '-i', 'hosts.ini', ...via, '-q', '--verify', 'plan'],
        ...['--src', '10.91.0.2', '--dst', '10.91.0.1', '--dport', '80'],
      ]);
      expect(status).toBe(0);
      expect(stdout).toContain('Nothing was sent.');
      expect(await sh(`ip netns exec ${ROUTER} nft list ruleset`)).toBe(before);
    });

    it('bash opens it where there is no python, and only from the source that is given anyway', async () => {
      const bin = join(folder, 'bin');
      await sh(
        `mkdir ${bin}; for name in bash timeout readlink sh; do ln -s "$(command -v $name)" ${bin}/; done`,
      );
      const request = {
        source: parseAddress('10.91.0.2')!,
        sourcePort: null,
        destination: parseAddress('10.91.0.1')!,
        inode: '',
        isOwnChoice: true,
      };
      const replies: unknown[] = [];
      for (const port of [80, 81]) {
        writeFileSync(join(folder, 'ask'), connectionRequest({ ...request, port }).ask);
        replies.push(
          replyIn(await sh(`PATH=${bin}:$PATH ip netns exec ${CLIENT} env PATH=${bin} sh ${folder}/ask`)),
        );
      }
      expect(replies).toEqual(['connected', 'refused']);
      const bound = connectionRequest({ ...request, port: 80, isOwnChoice: false }).ask;
      expect(bound).not.toContain('/dev/tcp/');
    });
  },
);

it('a rule that should have seen it and counted nothing is a disagreement, whatever came back', () => {
  const nodes = demoNodes();
  const trace = tracePacket(topologyOf(nodes), INCIDENT);
  if ('reason' in trace) throw new Error(trace.reason);
  const { verdict, reasons, counted } = verificationOf(trace, 'connected', nodes);
  expect([verdict, counted.length > 0]).toEqual(['disagrees', true]);
  expect(reasons[0]).toMatch(/^no packet was counted by .*MASQUERADE/);
  expect(verificationOf({ ...trace, outcome: 'dropped' }, 'connected', []).verdict).toBe('disagrees');
  expect(verificationOf({ ...trace, certain: false }, 'connected', nodes).verdict).toBe('not known');
});

describe('what is refused', () => {
  it.each([
    [['--from', 'x', '--verify', 'send', '--dport', '1'], '--from means nothing beside --verify'],
    [['-i', 'hosts.ini', '--via', 'sh', '--netns', 'init', '--verify', 'plan'], '--dport is missing'],
    [
      [
        '-i',
        'hosts.ini',
        '--via',
        'sh',
        '--netns',
        'init',
        '--verify',
        'plan',
        '--dport',
        '53',
        '--proto',
        'udp',
      ],
      'opens a TCP connection',
    ],
  ])('%j', async (args, message) => {
    const folder = temporaryFolder('verify-refused');
    writeFileSync(join(folder, 'hosts.ini'), 'here ansible_host=127.0.0.1\n');
    const at = args.includes('--from') ? ['--src', '10.0.0.1'] : ['--at', 'here'];
    const { status, stderr } = await twlint(folder, ['trace', '--dst', '127.0.0.1', ...at, ...args]);
    expect(status).toBe(2);
    expect(stderr).toContain(message);
  });
});

it.each([
  ['python 0\n', 'connected'],
  ['python 111\n', 'refused'],
  ['python 113\n', 'unreachable'],
  ['python 1\n', 'unreachable'],
  ['python 11\n', 'silent'],
  ['python silent\n', 'silent'],
  ['bash 0 \n', 'connected'],
  ['bash 124 \n', 'silent'],
  [
    'bash 1 bash: connect: Connection refused\nbash: line 1: /dev/tcp/10.0.0.1/1: Connection refused\n',
    'refused',
  ],
  ['bash 1 bash: connect: No route to host\n', 'unreachable'],
  ['bash 127 bash: timeout: not found\n', null],
  ['', null],
])('%j says that it is %s', (text, reply) => {
  expect(replyIn(text)).toBe(reply);
});
