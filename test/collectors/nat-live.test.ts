/** The probes of `nat`, asked for real: in a network namespace of their own, by several shells. */
import { execFileSync, spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import nat from '../../src/collectors/nat.ts';
import { parse } from '../../src/host/reading.ts';
import { readFrames } from '../../src/transports/script/frames.ts';
import { insidePrelude } from '../../src/transports/script/prelude.ts';
import { collectionScript } from '../../src/transports/script/script.ts';
import { describeWhere } from '../needs.ts';

const BOUNDARY = 'b'.repeat(32);
const SHELLS = { dash: 'dash', busybox: 'busybox sh', bash: 'bash --posix' };
const programs = [
  'unshare',
  'iptables-legacy',
  'iptables-nft',
  'ip6tables-nft',
  'nft',
  'ipset',
  'busybox',
  'dash',
];

/** What each probe answers in a new namespace after `setup`; `around` wraps the shell that is asked. */
function ask(setup: string, shell: string, around = '') {
  const netns = Object.entries(nat.probes).map(([name, probe]) => ({ probe: `nat.${name}`, ...probe }));
  const script = collectionScript({ host: [], netns, namespaces: 'init' }, BOUNDARY);
  const { stdout, stderr } = spawnSync(
    'unshare',
    ['-nm', 'sh', '-c', `{ ${setup}\n} >&2; ${around} ${shell}`],
    {
      input: script,
      env: { PATH: `${process.env.PATH}:/usr/sbin:/sbin` },
    },
  );
  const { frames, complete } = readFrames(stdout, BOUNDARY);
  expect(complete, stderr.toString()).toBe(true);
  return new Map(frames.map(({ probe, answer }) => [probe.replace('nat.', ''), answer]));
}

function parsed(setup: string, shell: string) {
  const answers = ask(setup, shell);
  const texts = [...answers].map(([probe, answer]) => {
    if (!answer.ok) expect(answer.problem, `${probe}: ${answer.reason}`).toBe('absent');
    return [probe, answer.ok ? answer.value : undefined];
  });
  return parse(nat, Object.fromEntries(texts), null).fact;
}

const shown = (rules: { backend: string; family: string; chain: string; target: string }[]) =>
  rules.map(({ backend, family, chain, target }) => `${backend} ${family} ${chain} ${target}`);

describeWhere({ root: true, programs }, 'nat, asked on this kernel', () => {
  describe.each(Object.entries(SHELLS))('by %s', (_, shell) => {
    it('answers that nothing is there, and brings nothing about', () => {
      const answers = ask(':', shell);
      expect(
        [...answers].map(([probe, answer]) => [probe, answer.ok ? answer.value : answer.problem]),
      ).toEqual([
        ['legacy', 'absent'],
        ['legacy6', 'absent'],
        ['nft', 'absent'],
        ['nft6', 'absent'],
        ['nftables', 'absent'],
        expect.arrayContaining(['ipset']),
      ]);
    });

    it('finds the rules of each back end once', () => {
      const setup = `
        ipset create pods hash:net
        ipset add pods 10.9.0.0/16
        iptables-legacy -t nat -A POSTROUTING -s 10.1.0.0/16 -j MASQUERADE
        ip6tables-legacy -t nat -A POSTROUTING -s fd00:1::/64 -j SNAT --to-source fd00::1
        iptables-nft -t nat -N HIDE
        iptables-nft -t nat -A POSTROUTING -m set --match-set pods src -m comment --comment "it is \\"so\\"" -j HIDE
        iptables-nft -t nat -A HIDE -j SNAT --to-source 192.0.2.1-192.0.2.4 --persistent
        iptables-nft -t nat -A PREROUTING -p tcp --dport 80 -j DNAT --to-destination 10.9.0.1:8080
        ip6tables-nft -t nat -A POSTROUTING -j MASQUERADE --random-fully
        nft add table inet mine
        nft "add chain inet mine after { type nat hook postrouting priority srcnat + 5; }"
        nft "add rule inet mine after oifname eth0 counter masquerade"`;
      const { value } = parsed(setup, shell);
      expect(shown(value.source)).toEqual([
        'legacy ip POSTROUTING MASQUERADE',
        'legacy ip6 POSTROUTING SNAT',
        'nft ip HIDE SNAT',
        'nft ip6 POSTROUTING MASQUERADE',
        'nftables inet after masquerade',
      ]);
      expect(shown(value.destination)).toEqual(['nft ip PREROUTING DNAT']);
      expect(value.backends).toEqual(['legacy', 'nft', 'nftables']);
    });
  });

  it('finds them where the kernel does not list its functions, by what is loaded or by asking', () => {
    const answers = ask(
      'iptables-nft -t nat -A POSTROUTING -s 10.1.0.0/16 -j MASQUERADE',
      'dash',
      'unshare --mount sh -c \'mount --bind /dev/null /proc/kallsyms && exec "$@"\' sh',
    );
    expect(answers.get('nft')).toMatchObject({ ok: true, value: expect.stringContaining('MASQUERADE') });
  });

  it('leaves a table that only nft can print to nft', () => {
    const { value } = parsed(
      `nft add table ip nat
       nft "add chain ip nat post { type nat hook postrouting priority srcnat; }"
       nft "add rule ip nat post ip saddr 10.0.0.0/8 masquerade"`,
      'dash',
    );
    expect(shown(value.source)).toEqual(['nftables ip post masquerade']);
  });

  describe('programs that do not print what is there', () => {
    const SETUP = `
      iptables-legacy -t nat -A POSTROUTING -j MASQUERADE
      nft add table ip mine
      nft "add chain ip mine after { type nat hook postrouting priority srcnat; }"
      nft "add rule ip mine after masquerade"
      mount -t tmpfs none /usr/local/sbin`;

    /** A program that stands before the real one in the PATH of the script. */
    const stub = (name: string, text: string) =>
      `printf "%s\\n" '#!/bin/sh' '${text}' >/usr/local/sbin/${name}; chmod +x /usr/local/sbin/${name}`;
    const nftThat = (text: string) =>
      stub('nft', `case "$*" in "-j list ruleset") ${text} ;; *) exec /usr/sbin/nft "$@" ;; esac`);
    const EMPTY = 'echo "{\\"nftables\\": [{\\"metainfo\\": {\\"version\\": \\"1\\"}}]}"';
    const ENOENT = 'echo "it: No such file or directory" >&2; exit 1';

    /** What the fact says where one of the programs does that: a problem of its probe, or what is missing. */
    function told(probe: keyof typeof nat.probes, change: string): string {
      const answers = ask(`${SETUP}\n${change}`, 'dash');
      const answer = answers.get(probe)!;
      if (!answer.ok) return answer.problem;
      const texts = [...answers].map(([name, one]) => [name, one.ok ? one.value : undefined]);
      return parse(nat, Object.fromEntries(texts), null).fact.partial ?? 'all is well';
    }

    it.each<[probe: keyof typeof nat.probes, does: string, change: string, says: RegExp]>([
      ['legacy', 'works', ':', /^all is well$/],
      ['nftables', 'works', ':', /^all is well$/],
      [
        'legacy',
        'prints nothing',
        stub('iptables-legacy-save', 'exit 0'),
        /nothing of nat, which the kernel lists$/,
      ],
      ['nftables', 'prints nothing', nftThat(':'), /nothing of ip mine, which the kernel lists$/],
      ['nftables', 'prints no table', nftThat(EMPTY), /nothing of ip mine, which the kernel lists$/],
      ['legacy', 'misses a file', stub('iptables-legacy-save', ENOENT), /^failed$/],
      ['nftables', 'misses a file', nftThat(ENOENT), /^failed$/],
      ['nftables', 'misses a file at once', stub('nft', ENOENT), /^failed$/],
      ['nft', 'misses a file at once', stub('nft', ENOENT), /^failed$/],
      ['legacy', 'is killed', stub('iptables-legacy-save', 'kill -9 $$'), /^failed$/],
    ])('%s %s', (probe, _, change, says) => {
      expect(told(probe, change)).toMatch(says);
    });
  });

  it('says that a plain user may not look', () => {
    const answers = ask(
      'iptables-legacy -t nat -A POSTROUTING -j MASQUERADE',
      'dash',
      'setpriv --reuid 65534 --clear-groups',
    );
    expect(answers.get('legacy')).toMatchObject({ ok: false, problem: 'denied' });
    expect(answers.get('nftables')).toMatchObject({ ok: false, problem: 'denied' });
  });

  it('registers no table and calls no modprobe', () => {
    const before = tables();
    const { stdout, stderr } = spawnSync(
      'unshare',
      ['-n', 'strace', '-f', '-qq', '-e', 'trace=execve', 'dash', '-c', lookTwice()],
      { encoding: 'utf8' },
    );
    expect(stderr).toContain('iptables-legacy-save');
    expect(stderr).not.toContain('modprobe');
    expect(stdout).toBe('REGISTERED=nat\n');
    expect(tables()).toBe(before);
  });
});

/** Rules in nat alone, then every probe, then which tables are registered. */
function lookTwice(): string {
  const asks = Object.values(nat.probes).map(({ ask }) => `( ${ask}\n ) >/dev/null 2>&1`);
  return `
    PROC_NET=/proc/net KERNEL=" nf_tables=yes ip_set=yes"
    ${insidePrelude}
    iptables-legacy -t nat -A POSTROUTING -j MASQUERADE
    ${asks.join('\n')}
    echo "REGISTERED=$(cat /proc/net/ip_tables_names)"`;
}

const tables = () => execFileSync('cat', ['/proc/net/ip_tables_names'], { encoding: 'utf8' });
