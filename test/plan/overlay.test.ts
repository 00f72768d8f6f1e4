import { describe, expect, it } from 'vitest';
import { UserErrors } from '../../src/errors.ts';
import type { Answer, HostEvidence } from '../../src/model.ts';
import { overlaid } from '../../src/plan/overlay.ts';
import { readProposal } from '../../src/plan/proposal.ts';

const absent: Answer<string> = { ok: false, problem: 'absent', reason: 'not in use' };
const denied: Answer<string> = { ok: false, problem: 'denied', reason: 'only root may read it' };

const host = (answers: Record<string, string | Answer<string>>): HostEvidence => ({
  host: { name: 'h', source: { file: 'hosts.yaml', line: 1, column: 1 }, groups: [], vars: {} },
  reached: { ok: true, value: null },
  evidence: Object.entries(answers).map(([probe, answer]) => ({
    probe,
    namespace: '1',
    sample: 0,
    answer: typeof answer === 'string' ? { ok: true, value: answer } : answer,
  })),
});

/** What a probe says after the changes; '-' where it says nothing any more. */
function said(answers: Record<string, string | Answer<string>>, probe: string, ...changes: string[]): string {
  const proposals = changes.flatMap((text) => readProposal(text, '--with'));
  const { evidence } = overlaid(host(answers), { name: 'h', inode: '1' }, proposals);
  const found = evidence.filter((one) => one.probe === probe);
  expect(found.length).toBeLessThan(2);
  return found[0]?.answer.ok ? found[0].answer.value : '-';
}

function errorsOf(answers: Record<string, string | Answer<string>>, ...changes: string[]): string {
  try {
    said(answers, '', ...changes);
  } catch (error) {
    if (error instanceof UserErrors) return error.message;
    throw error;
  }
  return 'no error';
}

const RULES = `*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [3:180]
:OUTPUT ACCEPT [0:0]
:WEB - [0:0]
[7:420] -A FORWARD -s 10.0.0.0/8 -p tcp -m tcp --dport 80 -m comment --comment "the web" -j WEB
[0:0] -A FORWARD -d 10.0.0.5/32 -j DROP
[0:0] -A WEB -j ACCEPT
COMMIT
# listed: filter
`;
/** The rules of FORWARD, without counters. */
const forward = (text: string) => text.split('\n').flatMap((line) => /-A FORWARD (.*)/.exec(line)?.[1] ?? []);
const [FIRST, SECOND] = forward(RULES) as [string, string];

describe('iptables', () => {
  const NEW = '-s 10.1.0.0/16 -j ACCEPT';
  it.each<[string, string[]]>([
    [`iptables -A FORWARD ${NEW}`, [FIRST, SECOND, NEW]],
    [`iptables -I FORWARD ${NEW}`, [NEW, FIRST, SECOND]],
    [`sudo /sbin/iptables -w 5 -t filter -I FORWARD 2 ${NEW}`, [FIRST, NEW, SECOND]],
    [`iptables --insert FORWARD 3 ${NEW}`, [FIRST, SECOND, NEW]],
    ['iptables -D FORWARD 1', [SECOND]],
    ['iptables -D FORWARD -d 10.0.0.5 -j DROP', [FIRST]],
    [
      'iptables -I FORWARD -m limit --limit 1/hour -j DROP\niptables -D FORWARD -m limit --limit 1/hour --limit-burst 5 -j DROP',
      [FIRST, SECOND],
    ],
    [
      'iptables -I FORWARD -m statistic --mode random --probability 0.33000000007 -j DROP\n' +
        'iptables -D FORWARD -m statistic --mode random --probability 0.33 -j DROP',
      [FIRST, SECOND],
    ],
    ['iptables -D FORWARD -p tcp -s 10.0.0.0/8 --dport 80 -m comment --comment "the web" -j WEB', [SECOND]],
    [`iptables -R FORWARD 2 ${NEW}`, [FIRST, NEW]],
    ['iptables -F FORWARD', []],
    ['iptables -F', []],
    ['iptables -F WEB', [FIRST, SECOND]],
  ])('%s', (command, rules) => {
    const text = said({ 'nat.legacy': RULES }, 'nat.legacy', command);
    expect(forward(text)).toEqual(rules);
    expect(text).toMatch(/COMMIT\n# listed: filter\n$/);
  });

  it('counts a rule that asks for nothing and does nothing', () => {
    const text = RULES.replace('[0:0] -A WEB -j ACCEPT', '[0:0] -A WEB\n[0:0] -A WEB -j ACCEPT');
    expect(said({ 'nat.legacy': text }, 'nat.legacy', 'iptables -D WEB 2')).toContain('-A WEB\nCOMMIT');
    expect(said({ 'nat.legacy': text }, 'nat.legacy', 'iptables -F WEB')).not.toContain('-A WEB');
  });

  it('takes a chain and its rules, and a policy', () => {
    const text = said(
      { 'nat.nft': RULES },
      'nat.nft',
      'iptables -N DB\niptables -A DB -j DROP \\\n  # no more\niptables -P FORWARD DROP',
    );
    expect(text).toContain(':DB - [0:0]\n');
    expect(text).toContain('-A DB -j DROP\n');
    expect(text).toContain(':FORWARD DROP [0:0]\n');
  });

  it('makes a table that is not there as the kernel begins it', () => {
    const text = said({ 'nat.legacy': RULES }, 'nat.legacy', 'iptables -t nat -A POSTROUTING -j MASQUERADE');
    expect(text).toMatch(
      /\*nat\n:PREROUTING ACCEPT \[0:0\]\n.*:POSTROUTING ACCEPT \[0:0\]\n-A POSTROUTING -j MASQUERADE\nCOMMIT\n# listed: filter/s,
    );
    expect(said({ 'nat.legacy': absent }, 'nat.legacy', 'iptables -A INPUT -j DROP')).toContain('*filter\n');
  });

  it('replaces the tables of a whole ruleset, and those alone', () => {
    const both = RULES.replace(
      '# listed',
      '*nat\n:POSTROUTING ACCEPT [0:0]\n-A POSTROUTING -j MASQUERADE\nCOMMIT\n# listed',
    );
    const text = said(
      { 'nat.legacy': both },
      'nat.legacy',
      '*filter\n:INPUT DROP [0:0]\n-A INPUT -i lo -j ACCEPT\nCOMMIT\n',
    );
    expect(forward(text)).toEqual([]);
    expect(text).toContain(':INPUT DROP [0:0]\n-A INPUT -i lo -j ACCEPT\nCOMMIT');
    expect(text).toContain('-A POSTROUTING -j MASQUERADE');
  });

  it('takes what nft lists of iptables-nft out, where its tables are replaced', () => {
    const nft = JSON.stringify({
      nftables: [
        { table: { family: 'ip', name: 'filter' } },
        { chain: { family: 'ip', table: 'filter', name: 'OLD' } },
        { table: { family: 'inet', name: 'own' } },
      ],
    });
    const text = said(
      { 'nat.nft': RULES, 'nat.nftables': `${nft}\n# listed: ip filter\n` },
      'nat.nftables',
      '*filter\n:INPUT DROP [0:0]\nCOMMIT\n',
    );
    expect(JSON.parse(text)).toEqual({ nftables: [{ table: { family: 'inet', name: 'own' } }] });
  });
});

const NFT = JSON.stringify({
  nftables: [
    { metainfo: { version: '1.0.6' } },
    { table: { family: 'ip', name: 't', handle: 1 } },
    {
      chain: {
        family: 'ip',
        table: 't',
        name: 'c',
        handle: 2,
        type: 'filter',
        hook: 'forward',
        prio: 0,
        policy: 'accept',
      },
    },
    { rule: { family: 'ip', table: 't', chain: 'c', handle: 3, expr: [{ accept: null }] } },
    { rule: { family: 'ip', table: 't', chain: 'c', handle: 4, expr: [{ drop: null }] } },
  ],
});
/** The rules of a listing: the texts of those that a change brought, the handles of others. */
const rulesIn = (text: string) =>
  text === '-'
    ? []
    : (JSON.parse(text) as { nftables: { rule?: { handle?: number; text?: string } }[] }).nftables.flatMap(
        ({ rule }) => (rule ? [rule.text ?? rule.handle] : []),
      );

describe('nft', () => {
  it.each<[string, unknown[]]>([
    ['nft add rule ip t c tcp dport 22 drop', [3, 4, 'tcp dport 22 drop']],
    ['nft add rule t c tcp dport 22 drop', [3, 4, 'tcp dport 22 drop']],
    ['nft insert rule ip t c tcp dport 22 drop', ['tcp dport 22 drop', 3, 4]],
    ['nft insert rule ip t c handle 4 tcp dport 22 drop', [3, 'tcp dport 22 drop', 4]],
    ['nft insert rule ip t c index 1 tcp dport 22 drop', [3, 'tcp dport 22 drop', 4]],
    ['nft add rule ip t c handle 3 tcp dport 22 drop', [3, 'tcp dport 22 drop', 4]],
    ['nft add rule ip t c index 0 tcp dport 22 drop', [3, 'tcp dport 22 drop', 4]],
    ['nft replace rule ip t c handle 3 tcp dport 22 drop', ['tcp dport 22 drop', 4]],
    ['replace rule ip t c handle 4 tcp dport 22 drop', [3, 'tcp dport 22 drop']],
    [
      'nft replace rule ip t c handle 3 tcp dport 22 drop\nnft replace rule ip t c handle 3 tcp dport 23 drop',
      ['tcp dport 23 drop', 4],
    ],
    ['nft replace rule ip t c handle 3 tcp dport 22 drop\nnft delete rule ip t c handle 3', [4]],
    ['nft delete chain ip t c', []],
    ['nft delete rule ip t c handle 3', [4]],
    ['nft flush chain ip t c', []],
    ['nft flush table ip t', []],
    ['nft delete table ip t', []],
    ['nft flush ruleset', []],
    ['table ip t {\n\tchain c {\n\t\tdrop\n\t}\n}', [3, 4, 'drop']],
    [
      'flush ruleset\ntable ip t {\n\tchain c {\n\t\ttype filter hook forward priority 0; policy drop;\n\t\taccept\n\t}\n}',
      ['accept'],
    ],
    [
      'define P = 22\ntable inet x {\n\tchain y {\n\t\ttcp dport $P drop\n\t}\n}',
      [3, 4, 'tcp dport 22 drop'],
    ],
  ])('%s', (command, rules) => {
    expect(rulesIn(said({ 'nat.nftables': NFT, 'nat.nft': absent }, 'nat.nftables', command))).toEqual(rules);
  });

  const SETS = JSON.stringify({
    nftables: [
      { table: { family: 'ip', name: 't' } },
      {
        set: {
          family: 'ip',
          name: 's',
          table: 't',
          type: 'ipv4_addr',
          elem: ['10.0.0.1', { prefix: { addr: '10.1.0.0', len: 16 } }],
        },
      },
      {
        map: { family: 'ip', name: 'm', table: 't', type: 'ipv4_addr', map: 'mark', elem: [['10.0.0.1', 1]] },
      },
    ],
  });
  it.each<[string, string, unknown]>([
    [
      'add element ip t s { 10.0.0.2 }',
      'set',
      ['10.0.0.1', { prefix: { addr: '10.1.0.0', len: 16 } }, '10.0.0.2'],
    ],
    ['delete element ip t s { 10.1.0.0/16 }', 'set', ['10.0.0.1']],
    ['nft flush set ip t s', 'set', []],
    [
      "nft 'add element t m { 10.0.0.2 : 0x2 }'",
      'map',
      [
        ['10.0.0.1', 1],
        ['10.0.0.2', 2],
      ],
    ],
    ["nft 'delete element t m { 10.0.0.1 }'", 'map', []],
  ])('%s', (command, kind, elements) => {
    const text = said({ 'nat.nftables': SETS, 'nat.nft': absent }, 'nat.nftables', command);
    const { nftables } = JSON.parse(text) as { nftables: Record<string, { elem: unknown }>[] };
    expect(nftables.flatMap((one) => one[kind]?.elem ?? [])).toEqual(elements);
  });

  it('deletes elements that are there alone', () => {
    expect(
      errorsOf({ 'nat.nftables': SETS, 'nat.nft': absent }, 'delete element ip t s { 10.1.2.0/24 }'),
    ).toMatch(/no element is 10.1.2.0\/24\n {2}hint: an element is deleted as nft lists it/);
  });

  it('gives a chain that is there another policy', () => {
    const text = said(
      { 'nat.nftables': NFT, 'nat.nft': absent },
      'nat.nftables',
      "nft 'add chain ip t c { policy drop ; }'",
    );
    expect(text).toContain('"hook":"forward","prio":0,"policy":"drop"');
  });

  it('takes all of iptables-nft away with the ruleset', () => {
    expect(said({ 'nat.nftables': NFT, 'nat.nft': RULES }, 'nat.nft', 'nft flush ruleset')).toBe('-');
  });
});

const TABLE = `IP Virtual Server version 1.2.1 (size=4096)
Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port Forward Weight ActiveConn InActConn
TCP  C0A88005:1538 wlc  persistent 1800000 FFFFFFFF
  -> 0AF4031B:1538      Masq    1      2          16
`;
const SAVED =
  '-A -t 192.168.128.5:5432 -s wlc -p 1800\n-a -t 192.168.128.5:5432 -r 10.244.3.27:5432 -m -w 1\n';
const both = { 'ipvs.ipvs': TABLE, 'ipvs.ipvsadm': SAVED };
const SERVICE = '-t 192.168.128.5:5432';

describe('ipvsadm', () => {
  it.each<[string, string[], string[]]>([
    [
      `ipvsadm -a ${SERVICE} -r 10.244.3.28 -m`,
      ['+  -> 0AF4031C:1538 Masq 1 0 0'],
      [`+-a ${SERVICE} -r 10.244.3.28:5432 -m -w 1`],
    ],
    [
      `ipvsadm -d ${SERVICE} -r 10.244.3.27:5432`,
      ['-  -> 0AF4031B:1538      Masq    1      2          16'],
      [`--a ${SERVICE} -r 10.244.3.27:5432 -m -w 1`],
    ],
    [
      `ipvsadm -e ${SERVICE} -r 10.244.3.27:5432 -m -w 0`,
      ['-  -> 0AF4031B:1538      Masq    1      2          16', '+  -> 0AF4031B:1538 Masq 0 2 16'],
      [`--a ${SERVICE} -r 10.244.3.27:5432 -m -w 1`, `+-a ${SERVICE} -r 10.244.3.27:5432 -m -w 0`],
    ],
    ['ipvsadm --add-service -u 10.0.0.9:53 -s rr', ['+UDP  0A000009:0035 rr'], ['+-A -u 10.0.0.9:53 -s rr']],
    [
      `ipvsadm -E ${SERVICE} -s rr`,
      ['-TCP  C0A88005:1538 wlc  persistent 1800000 FFFFFFFF', '+TCP  C0A88005:1538 rr'],
      [`--A ${SERVICE} -s wlc -p 1800`, `+-A ${SERVICE} -s rr`],
    ],
    [
      `ipvsadm -D ${SERVICE}`,
      [
        '-TCP  C0A88005:1538 wlc  persistent 1800000 FFFFFFFF',
        '-  -> 0AF4031B:1538      Masq    1      2          16',
      ],
      [`--A ${SERVICE} -s wlc -p 1800`, `--a ${SERVICE} -r 10.244.3.27:5432 -m -w 1`],
    ],
  ])('%s', (command, table, saved) => {
    expect(changed(TABLE, said(both, 'ipvs.ipvs', command))).toEqual(table);
    expect(changed(SAVED, said(both, 'ipvs.ipvsadm', command))).toEqual(saved);
  });

  it('begins with nothing where IPVS is not in use', () => {
    const none = { 'ipvs.ipvs': absent, 'ipvs.ipvsadm': absent };
    expect(
      said(none, 'ipvs.ipvsadm', `ipvsadm -A ${SERVICE} -s rr\nipvsadm -a ${SERVICE} -r 10.0.0.1 -m`),
    ).toBe(`-A ${SERVICE} -s rr\n-a ${SERVICE} -r 10.0.0.1:5432 -m -w 1\n`);
  });

  it('takes a listing for the table as it will be', () => {
    expect(said(both, 'ipvs.ipvs', '-A -t 10.0.0.1:80 -s rr\n')).toBe('-');
    expect(said(both, 'ipvs.ipvsadm', '-A -t 10.0.0.1:80 -s rr\n')).toBe('-A -t 10.0.0.1:80 -s rr\n');
  });
});

const changed = (before: string, now: string): string[] => {
  const [a, b] = [before.split('\n'), now.split('\n')];
  return [
    ...a.filter((line) => !b.includes(line)).map((line) => `-${line}`),
    ...b.filter((line) => !a.includes(line)).map((line) => `+${line}`),
  ];
};

const SETTINGS = `/proc/sys/net/ipv4/conf/all/forwarding:1
/proc/sys/net/ipv4/conf/eth0.5/forwarding:1
/proc/sys/net/ipv4/conf/eth0.5/rp_filter:1
/proc/sys/net/ipv4/ip_forward:1
/proc/sys/net/ipv4/tcp_timestamps:1
`;

describe('sysctl', () => {
  it.each([
    ['sysctl -w net.ipv4.tcp_timestamps=0', ['+/proc/sys/net/ipv4/tcp_timestamps:0']],
    ['net.ipv4.conf.eth0/5.rp_filter = 2', ['+/proc/sys/net/ipv4/conf/eth0.5/rp_filter:2']],
    [
      'sysctl net.ipv4.ip_forward=0',
      [
        '+/proc/sys/net/ipv4/conf/all/forwarding:0',
        '+/proc/sys/net/ipv4/conf/eth0.5/forwarding:0',
        '+/proc/sys/net/ipv4/ip_forward:0',
      ],
    ],
    // the kernel compares, and leaves the interfaces as they are
    ['sysctl net.ipv4.ip_forward=1', []],
  ])('%s', (command, lines) => {
    const text = said({ 'sysctl.values': SETTINGS }, 'sysctl.values', command);
    expect(changed(SETTINGS, text).filter((line) => line.startsWith('+'))).toEqual(lines);
  });
});

const ROUTES = `default via 10.0.0.1 dev eth0
10.0.0.0/24 dev eth0 proto kernel scope link src 10.0.0.5
10.9.0.0/16 proto static
	nexthop via 10.0.0.2 dev eth0 weight 1
	nexthop via 10.0.0.3 dev eth0 weight 1
`;
const ADDRESSES = '2: eth0: <BROADCAST,UP,LOWER_UP> mtu 1500\n    inet 10.0.0.5/24 scope global eth0\n';

describe('ip route', () => {
  it.each([
    ['ip route add 10.1.0.0/16 via 10.0.0.2', ['+10.1.0.0/16 via 10.0.0.2 dev eth0']],
    ['ip -4 r add blackhole 10.1.0.0/16', ['+blackhole 10.1.0.0/16']],
    ['ip route del default', ['-default via 10.0.0.1 dev eth0']],
    ['ip route add local 10.2.0.0/16 dev lo', ['+local 10.2.0.0/16 dev lo table local']],
    ['ip route add 10.1.0.0/16 dev eth0 table 254', ['+10.1.0.0/16 dev eth0 table main']],
    [
      'ip -6 route add 2001:db8::/32 via fe80::1 dev eth0',
      ['+2001:db8::/32 via fe80::1 dev eth0 metric 1024'],
    ],
    [
      'ip route replace default via 10.0.0.9 dev eth0',
      ['-default via 10.0.0.1 dev eth0', '+default via 10.0.0.9 dev eth0'],
    ],
    [
      'ip route del 10.9.0.0/16',
      [
        '-10.9.0.0/16 proto static',
        '-\tnexthop via 10.0.0.2 dev eth0 weight 1',
        '-\tnexthop via 10.0.0.3 dev eth0 weight 1',
      ],
    ],
  ])('%s', (command, lines) => {
    expect(
      changed(
        ROUTES,
        said(
          { 'routes.routes': ROUTES, 'routes.routes6': ROUTES, 'addresses.addresses': ADDRESSES },
          command.startsWith('ip -6') ? 'routes.routes6' : 'routes.routes',
          command,
        ),
      ),
    ).toEqual(lines);
  });

  it('deletes whatever has the destination, the one with the least metric first', () => {
    const two = 'blackhole 10.1.0.0/16 metric 9\n10.1.0.0/16 via 10.0.0.2 dev eth0 metric 5\n';
    const left = said({ 'routes.routes': two }, 'routes.routes', 'ip route del 10.1.0.0/16');
    expect(left).toBe('blackhole 10.1.0.0/16 metric 9\n');
    expect(said({ 'routes.routes': left }, 'routes.routes', 'ip route del 10.1.0.0/16')).toBe('\n');
  });
});

const RULES_OF_ROUTING =
  '0:\tfrom all lookup local\n300:\tfrom 10.0.0.0/8 lookup 7\n32766:\tfrom all lookup main\n';

describe('ip rule', () => {
  it.each([
    ['ip rule add to 10.1.0.0/16 lookup 100 pref 400', ['+400:\tfrom all to 10.1.0.0/16 lookup 100']],
    ['ip ru add fwmark 0x1 table 100', ['+299:\tfrom all fwmark 0x1 lookup 100']],
    [
      'ip rule add uidrange 5-10 ipproto tcp sport 80 pref 400',
      ['+400:\tfrom all uidrange 5-10 ipproto 6 sport 80 lookup main'],
    ],
    ['ip rule del pref 300', ['-300:\tfrom 10.0.0.0/8 lookup 7']],
    ['ip rule del from 10.0.0.0/8', ['-300:\tfrom 10.0.0.0/8 lookup 7']],
  ])('%s', (command, lines) => {
    const text = said({ 'routes.rules': RULES_OF_ROUTING }, 'routes.rules', command);
    expect(changed(RULES_OF_ROUTING, text)).toEqual(lines);
    const priorities = text.split('\n').flatMap((line) => (line === '' ? [] : Number.parseInt(line, 10)));
    expect(priorities).toEqual(priorities.toSorted((a, b) => a - b));
  });
});

describe('what is not understood is told with its place', () => {
  const ALL = {
    'nat.legacy': RULES,
    'nat.nft': absent,
    'nat.nftables': NFT,
    ...both,
    'sysctl.values': SETTINGS,
    'routes.routes': ROUTES,
    'routes.rules': RULES_OF_ROUTING,
    'addresses.addresses': ADDRESSES,
  };
  it.each<[string, RegExp]>([
    ['', /there is no change in it/],
    ['rm -rf /', /--with:1:1: rm: what it changes is not known here/],
    ['iptables -A FORWARD -j DROP | tee log', /a shell would make something else of it/],
    ['iptables -A FORWARD -s $NET -j DROP', /a shell would make something else of it/],
    ['iptables -A "FORWARD -j DROP', /the " is not closed/],
    ['iptables -L', /no command that is known here/],
    ['iptables -A FORWRD -j DROP', /no chain FORWRD in table filter of h\n {2}hint: did you mean FORWARD/],
    ['iptables -t nta -A FORWARD -j DROP', /there is no table nta/],
    ['iptables -D FORWARD -j DROP', /h has no such rule: -A FORWARD -j DROP/],
    ['iptables -D FORWARD 9', /FORWARD has 2 rules, and no place 9/],
    ['iptables -I FORWARD 4 -j DROP', /FORWARD has 2 rules, and no place 4/],
    ['iptables -N WEB', /has a chain WEB already/],
    ['iptables -A FORWARD -j DROP\n\nip link set eth0 down\niptables -X', /^--with:3:1: ip link.*\n.*$/],
    ['nft add rule ip t nowhere drop', /no chain nowhere in table ip t of nftables\n {2}hint: there are c/],
    ['nft delete rule ip t c', /deletes a rule by its handle/],
    ['nft delete rule ip t c handle 77', /no rule with handle 77/],
    ['nft add rule ip t c tcp dport 22 jmp x y z {', /./],
    ['nft -f other.nft', /nft -f other.nft: what it changes is not known here/],
    ['table ip t {\n\tchain c {\n', /a brace is not closed/],
    ['include "x"\ntable ip t {\n}\n', /--with:1:1: includes are not followed/],
    [
      'ipvsadm -d -t 1.2.3.4:80 -r 10.0.0.1:80',
      /h has no service TCP 1.2.3.4:80\n {2}hint: it has TCP 192.168.128.5:5432/,
    ],
    [`ipvsadm -a ${SERVICE} -r 10.244.3.27:5432 -m`, /has the server 10.244.3.27:5432 already/],
    [`ipvsadm -d ${SERVICE} -r 10.0.0.1:80`, /has no server 10.0.0.1:80/],
    ['ipvsadm -L -n', /no command that is known here/],
    [
      'sysctl net.ipv4.tcp_timestamp=0',
      /no setting net.ipv4.tcp_timestamp\n {2}hint: did you mean net.ipv4.tcp_timestamps/,
    ],
    ['sysctl -p', /no setting of sysctl/],
    ['ip route add 10.1.0.0/16 via 192.0.2.1', /no interface of h is in a network with 192.0.2.1/],
    ['ip route add default via 10.0.0.2', /has a route to it already: default via 10.0.0.1/],
    ['ip route del 10.7.0.0/16', /h has no such route/],
    ['ip route flush cache', /no command that is known here/],
    ['ip rule flush', /no command that is known here/],
    ['ip rule add pref 300 from 10.0.0.0/8 lookup 7', /has this routing rule already/],
    ['ip rule del from 10.7.0.0/16', /h has no such routing rule/],
  ])('%s', (change, message) => {
    expect(errorsOf(ALL, change)).toMatch(message);
  });

  it('tells several at once', () => {
    expect(
      errorsOf(ALL, 'rm x\nmv x')
        .split('\n')
        .filter((line) => line.startsWith('--with:')),
    ).toHaveLength(2);
    expect(
      errorsOf(ALL, 'iptables -D FORWARD 9\nsysctl net.x=1')
        .split('\n')
        .filter((line) => line.startsWith('--with:')),
    ).toHaveLength(2);
  });

  it('does not change what was not seen', () => {
    expect(errorsOf({ 'nat.legacy': denied, 'nat.nft': denied }, 'iptables -A FORWARD -j DROP')).toMatch(
      /the rules of iptables of h could not be read: only root may read it/,
    );
    expect(errorsOf({ 'nat.legacy': RULES, 'nat.nft': RULES }, 'iptables -A FORWARD -j DROP')).toMatch(
      /has rules of both iptables-legacy and iptables-nft/,
    );
    expect(
      errorsOf(
        { 'nat.nft': RULES, 'nat.nftables': NFT.replaceAll('"t"', '"filter"') },
        'nft add rule ip filter c drop',
      ),
    ).toMatch(/table ip filter of h is that of iptables-nft/);
  });
});
