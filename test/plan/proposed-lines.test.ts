import { expect, it } from 'vitest';
import { collectors } from '../../src/collectors/index.ts';
import type { HostEvidence } from '../../src/model.ts';
import { overlaidStepwise } from '../../src/plan/overlay.ts';
import { readProposal } from '../../src/plan/proposal.ts';
import { proposedPlaces } from '../../src/plan/proposed-lines.ts';

const SAVE =
  '*filter\n:FORWARD ACCEPT [3:180]\n[7:420] -A FORWARD -s 10.0.0.0/8 -j ACCEPT\n[0:0] -A FORWARD -j DROP\nCOMMIT\n';
const rule = (expr: object) => ({ rule: { family: 'ip', table: 't', chain: 'c', expr: [expr] } });
const NFT = JSON.stringify({
  nftables: [
    { table: { family: 'ip', name: 't' } },
    { chain: { family: 'ip', table: 't', name: 'c', type: 'filter', hook: 'forward', prio: 0 } },
    rule({ accept: null }),
  ],
});
const LISTED = 'table ip t {\n\tchain c {\n\t\ttype filter hook forward priority 0;\n\t\taccept\n\t}\n}\n';

const ORIGINS = { 'nat.legacy': 'iptables-legacy-save', 'nat.nftables': 'nft -j list ruleset' };

/** The lines that a probe says after the changes, each behind the place where it is shown to stand. */
function placed(
  probe: keyof typeof ORIGINS,
  before: string,
  ...files: [name: string, text: string][]
): string[] {
  const host: HostEvidence = {
    host: { name: 'h', source: { file: 'hosts.yaml', line: 1, column: 1 }, groups: [], vars: {} },
    reached: { ok: true, value: null },
    evidence: [{ probe, namespace: '1', sample: 0, answer: { ok: true, value: before } }],
  };
  const proposals = files.flatMap(([name, text]) => readProposal(text, name));
  const states = overlaidStepwise(host, { name: 'h', inode: '1' }, proposals);
  const places = proposedPlaces(states, '1', proposals, collectors);
  const answer = states.at(-1)!.evidence.find((one) => one.probe === probe)!.answer;
  return (answer.ok ? answer.value : '').split('\n').flatMap((text, i) => {
    const { origin, line } = places({ origin: ORIGINS[probe], line: i + 1 });
    return /FORWARD -|"rule":/.test(text)
      ? `${origin}:${line} ${text.replace(/^.*FORWARD |^.*"text":/, '')}`
      : [];
  });
}

it('are those of a script, and of what the host printed', () => {
  const script = '# first\niptables -I FORWARD -d 10.1.0.0/16 -j DROP\n\niptables -A FORWARD -j LOG\n';
  expect(placed('nat.legacy', SAVE, ['new.sh', script])).toEqual([
    'new.sh:2 -d 10.1.0.0/16 -j DROP',
    'iptables-legacy-save:3 -s 10.0.0.0/8 -j ACCEPT',
    'iptables-legacy-save:4 -j DROP',
    'new.sh:4 -j LOG',
  ]);
});

it('are those of a file of rules, where it says what the host did not', () => {
  const file =
    '# Generated\n*filter\n:FORWARD ACCEPT [0:0]\n-A FORWARD -i eth0 -j DROP\n-A FORWARD -s 10.0.0.0/8 -j ACCEPT\n-A FORWARD -i eth0 -j DROP\nCOMMIT\n';
  expect(placed('nat.legacy', SAVE, ['new.rules', file])).toEqual([
    'new.rules:4 -i eth0 -j DROP',
    'iptables-legacy-save:3 -s 10.0.0.0/8 -j ACCEPT',
    'new.rules:6 -i eth0 -j DROP',
  ]);
});

it.each([
  ['nft -j list ruleset:1', NFT],
  ['nft -j list ruleset:4', LISTED],
])('are those of a file of nft, and %s', (own, before) => {
  const file = 'table ip t {\n  chain c {\n    # closed\n    tcp dport 5432 drop\n  }\n}\n';
  const found = placed(
    'nat.nftables',
    before,
    ['new.nft', file],
    ['--with', 'nft add rule ip t c udp dport 53 drop'],
  );
  expect(found.map((one) => one.split(/ [{"]/)[0])).toEqual([own, 'new.nft:4', '--with:1']);
});
