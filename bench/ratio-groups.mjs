// Small runs of the benchmarks, each beside a yardstick of the same minute: what comes of them are ratios, which say the same
// on a fast machine and a slow one.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cpuOfNode } from './children-cpu.mjs';
import { writeCluster } from './cluster-fleet.mjs';
import { clientsOf } from './fleet-clients.mjs';
import { inRounds, median } from './fleet-rounds.mjs';
import { writeFleet } from './replicated-fleet.mjs';
import { startLab } from './sshd-lab.mjs';

const ROOT = join(import.meta.dirname, '..');
const PROGRAM = join(ROOT, 'dist/start.js');
const INCIDENT = join(ROOT, 'inventories/demo');
const audit = (folder) => [
  PROGRAM,
  'audit',
  '--from',
  folder,
  '--quiet',
  '--fail-on',
  'never',
  '--allow-incomplete',
];

/** Each gives its ratios by name; `scratch` is a folder to write to. */
export const GROUPS = {
  'beginning, to node -e 0': () =>
    beside(5, () => cpuOfNodes(6, ['-e', '0']), {
      '--version': () => cpuOfNodes(3, [PROGRAM, '--version']),
      'explain TW001': () => cpuOfNodes(2, [PROGRAM, 'explain', 'TW001']),
      'audit --from demo': () => cpuOfNodes(1, audit(INCIDENT)),
    }),
  'snapshots, to a script that takes lines apart': (scratch) => {
    const [fleet, cluster] = [join(scratch, 'fleet'), join(scratch, 'cluster')];
    for (const folder of [fleet, cluster]) mkdirSync(folder, { recursive: true });
    writeFleet(fleet, 30, INCIDENT);
    writeCluster(cluster, { mode: 'iptables', nodes: 3, services: 100, endpoints: 3 }, INCIDENT);
    return beside(3, () => cpuOfNodes(1, [join(ROOT, 'bench/yardstick.mjs')]), {
      '30 hosts with NAT and IPVS': () => cpuOfNodes(1, audit(fleet)),
      '3 nodes with 100 services': () => cpuOfNodes(1, audit(cluster)),
    });
  },
  'live hosts, to ssh2 alone and to a login': async (scratch) => {
    const folder = mkdtempSync(join(scratch, 'lab-'));
    const lab = await startLab(folder, 24);
    try {
      const wanted = ['ssh2 alone, script', 'twlint collect', 'xargs ssh, one file'];
      const clients = clientsOf(lab, folder).filter(({ name }) => wanted.includes(name));
      const [alone, collect, login] = [...(await inRounds(lab, clients, folder, 5)).values()];
      const ratio = (runs, key, others) => median(runs.map((run, i) => run[key] / others[i][key]));
      return {
        'client of twlint collect': ratio(collect, 'client', alone),
        'host of twlint collect, to a login': ratio(collect, 'hosts', login),
      };
    } finally {
      await lab.end();
    }
  },
};

/** Runs them in turn, so many times; returns the median of what each takes in a round, by what the yardstick does. */
function beside(rounds, yardstick, subjects) {
  const ratios = Object.fromEntries(Object.keys(subjects).map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    const one = yardstick();
    for (const [name, run] of Object.entries(subjects)) ratios[name].push(run() / one);
  }
  return Object.fromEntries(Object.entries(ratios).map(([name, values]) => [name, median(values)]));
}

/** Milliseconds of one of so many runs: the kernel tells tens. */
function cpuOfNodes(count, args) {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += cpuOfNode(args);
  return sum / count;
}

/** Runs a group with a folder that is gone afterwards. */
export async function measured(group) {
  const scratch = mkdtempSync(join(tmpdir(), 'twlint-ratios-'));
  try {
    return await GROUPS[group](scratch);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
