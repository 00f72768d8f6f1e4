// What `twlint plan` of one rule takes: on a host with very many, and on the nodes of a Kubernetes cluster
// (NODESxSERVICESxENDPOINTS). Beside an audit of the same snapshot, which reads and judges the hosts as they are.
//   npm run bench:plan -- 10x1000x3 50x1000x3
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSnapshot, writeSnapshot } from '../build/collect/snapshot.js';
import { placeNamed } from '../build/commands/plan/place.js';
import { comparePaths, keptNodesOf } from '../build/compare/path-diff.js';
import { overlaid } from '../build/plan/overlay.js';
import { readProposal } from '../build/plan/proposal.js';
import { writeCluster } from './cluster-fleet.mjs';
import { withAnswers } from './large-hosts.mjs';
import { metered } from './metered.mjs';

const INCIDENT = join(import.meta.dirname, '../inventories/demo');
const RULES = 50_000;

const numbers = Array.from({ length: RULES }, (_, i) => i);
const address = (i) => `10.${96 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}`;

/** Two of three are accepted, as a firewall with exceptions has it. */
const save = [
  '*filter',
  ':INPUT ACCEPT [0:0]',
  ':FORWARD ACCEPT [0:0]',
  ':OUTPUT ACCEPT [0:0]',
  ...numbers.map(
    (i) =>
      `-A FORWARD -d ${address(i)}/32 -p tcp -m tcp --dport ${1000 + (i % 50)} -j ${i % 3 === 0 ? 'DROP' : 'ACCEPT'}`,
  ),
  'COMMIT',
  '',
].join('\n');

function ruleset() {
  const place = { family: 'ip', table: 'filter' };
  const base = { type: 'filter', hook: 'forward', prio: 0, policy: 'accept' };
  const equal = (protocol, field, right) => ({
    match: { op: '==', left: { payload: { protocol, field } }, right },
  });
  return JSON.stringify({
    nftables: [
      { metainfo: { version: '1.0.6', json_schema_version: 1 } },
      { table: { family: 'ip', name: 'filter', handle: 1 } },
      { chain: { ...place, name: 'forward', handle: 2, ...base } },
      ...numbers.map((i) => ({
        rule: {
          ...place,
          chain: 'forward',
          handle: 3 + i,
          expr: [
            equal('ip', 'daddr', address(i)),
            equal('tcp', 'dport', 1000 + (i % 50)),
            { [i % 3 === 0 ? 'drop' : 'accept']: null },
          ],
        },
      })),
    ],
  });
}

const incident = readSnapshot(INCIDENT);
const writeHost = (answers) => (folder) => writeSnapshot(withAnswers(incident, 's2', answers), folder);
const drop = '-d 10.244.0.9/32 -p tcp -m tcp --dport 8080 -j DROP';
const sizes = process.argv.slice(2);

const cases = [
  {
    name: `a host with ${RULES} rules of iptables`,
    write: writeHost({ 'nat.legacy': (text) => text.replace(/^\*filter\n[\s\S]*?\nCOMMIT\n/m, save) }),
    change: ['--at', 's2', '--with', `iptables -A FORWARD ${drop}`],
  },
  {
    name: `a host with ${RULES} rules of nft`,
    write: writeHost({ 'nat.nftables': ruleset() }),
    change: [
      '--at',
      's2',
      '--with',
      'nft add rule ip filter forward ip daddr 10.244.0.9 tcp dport 8080 drop',
    ],
  },
  ...(sizes.length > 0 ? sizes : ['10x200x3', '10x1000x3']).map((size) => {
    const [nodes, services, endpoints] = size.split('x').map(Number);
    return {
      name: `${nodes} nodes x ${services} services x ${endpoints}`,
      write(folder) {
        mkdirSync(folder);
        writeCluster(folder, { mode: 'iptables', nodes, services, endpoints }, INCIDENT);
      },
      change: ['--at', 'node0', '--with', `iptables -I FORWARD ${drop}`],
    };
  }),
];

const scratch = mkdtempSync(join(tmpdir(), 'twlint-plan-'));
const quietly = ['--quiet', '--fail-on', 'never', '--allow-incomplete'];

/** What becomes of packets, once both sides have been read: seconds of this process's CPU, and milliseconds until it is known. */
function packetsAlone(folder, [, at, , change]) {
  const before = readSnapshot(folder);
  const { host, place } = placeNamed(at, before.hosts);
  const changed = overlaid(host, place, readProposal(change, '--with'));
  const after = { ...before, hosts: before.hosts.map((one) => (one === host ? changed : one)) };
  for (const one of [...before.hosts, changed]) keptNodesOf(one);
  const [began, then] = [process.cpuUsage(), performance.now()];
  comparePaths(before, after);
  const { user, system } = process.cpuUsage(began);
  return { cpu: (user + system) / 1e6, milliseconds: performance.now() - then };
}

console.log(
  '                                     CPU s: audit   plan  packets alone  until: plan  packets alone  plan MiB',
);
try {
  for (const { name, write, change } of cases) {
    const folder = join(scratch, 'snapshot');
    write(folder);
    const out = ['-o', `text:${join(scratch, 'text')}`];
    const audit = metered(['audit', '--from', folder, ...quietly, ...out], scratch);
    // what stops is a finding of its own
    const plan = metered(['plan', '--from', folder, ...change, ...quietly], scratch, [0, 1]);
    const packets = packetsAlone(folder, change);
    const columns = [
      audit.cpu.toFixed(1).padStart(13),
      plan.cpu.toFixed(1).padStart(7),
      packets.cpu.toFixed(2).padStart(15),
      `${plan.wall.toFixed(1)} s`.padStart(13),
      `${packets.milliseconds.toFixed(0)} ms`.padStart(15),
      String(plan.mebibytes).padStart(10),
    ];
    console.log(name.padEnd(36) + columns.join(''));
    rmSync(folder, { recursive: true });
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
