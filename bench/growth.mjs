// What hosts cost that have very much of something, and how that grows: twice as much should take twice as long.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSnapshot } from '../build/collect/snapshot.js';
import { collectors } from '../build/collectors/index.js';
import { evaluate } from '../build/evaluate/report.js';
import { loadRules } from '../build/evaluate/rules/rules.js';
import { sarif } from '../build/formats/sarif.js';
import { readIniInventory } from '../build/inventory/read/read-ini.js';
import { askTree } from '../build/media/ask-tree.js';
import { LARGE_HOSTS, withAnswers } from './large-hosts.mjs';

const root = join(import.meta.dirname, '..');
const rules = loadRules([], { builtin: true, cwd: root });
const incident = readSnapshot(join(root, 'inventories/demo'));
const tool = { name: 'twlint', version: '0' };
const scratch = mkdtempSync(join(tmpdir(), 'twlint-bench-'));

const audited = (snapshot) => evaluate(snapshot, rules, collectors, tool);

/** A fleet of which little is known, as of pasted outputs. */
function fleetOf(size) {
  const [host] = incident.hosts;
  const evidence = host.evidence.filter(({ probe }) => /^(kernel|namespaces|routes)\./.test(probe));
  const hosts = Array.from({ length: size }, (_, i) => ({
    ...host,
    host: { ...host.host, name: `h${i}` },
    evidence,
  }));
  return { ...incident, hosts };
}

/** A tar archive of one sparse file, packed. */
function bombOf(mebibytes, program) {
  const [zeros, path] = [join(scratch, 'zeros'), join(scratch, `bomb-${mebibytes}.tar.${program}`)];
  writeFileSync(zeros, '');
  truncateSync(zeros, mebibytes * 2 ** 20);
  execFileSync('tar', ['-cf', path, `--use-compress-program=${program}`, '-C', scratch, 'zeros']);
  rmSync(zeros);
  return path;
}

const cases = [
  ...Object.entries(LARGE_HOSTS).map(([name, answers]) => ({
    name,
    sizes: [2000, 4000, 8000],
    prepare: (count) => withAnswers(incident, 's2', answers(count)),
    run: audited,
  })),
  {
    name: 'ip rules, very many',
    sizes: [8000, 16_000, 32_000],
    prepare: (count) => withAnswers(incident, 's2', LARGE_HOSTS['ip rules'](count)),
    run: audited,
  },
  {
    name: 'MiB of ip address',
    sizes: [5, 10, 20],
    prepare: (count) => withAnswers(incident, 's2', LARGE_HOSTS.addresses(count * 11_000)),
    run: audited,
  },
  {
    name: 'KB on a line of INI',
    sizes: [250, 500, 1000],
    prepare: (count) => `web1 x="${'a'.repeat(count * 1000)}"`,
    run: (text) =>
      readIniInventory(
        text,
        'hosts.ini',
        () => false,
        () => {},
      ),
  },
  {
    name: 'MB on a line of INI',
    sizes: [12, 25, 50],
    prepare: (count) => `web1 x="${'a'.repeat(count * 1e6)}"`,
    run: (text) =>
      readIniInventory(
        text,
        'hosts.ini',
        () => false,
        () => {},
      ),
  },
  {
    name: 'hosts in SARIF',
    sizes: [250, 500, 1000],
    prepare: (count) => audited(fleetOf(count)),
    run: (report) => {
      for (const _ of sarif(report, { all: false, category: null, color: false }));
    },
  },
  {
    name: 'MiB in .tar.gz',
    sizes: [64, 128, 1024],
    prepare: (count) => bombOf(count, 'gzip'),
    run: (path) =>
      askTree(
        path,
        () => false,
        (tree) => tree.list('/'),
      ),
  },
  {
    name: 'MiB in .tar.xz',
    sizes: [64, 128, 1024],
    prepare: (count) => bombOf(count, 'xz'),
    run: (path) =>
      askTree(
        path,
        () => false,
        (tree) => tree.list('/'),
      ),
  },
];

console.log('what                        count  cpu ms   count  cpu ms   count  cpu ms   growth');
try {
  for (const { name, sizes, prepare, run } of cases) {
    const row = [];
    for (const size of sizes) {
      const given = prepare(size);
      const before = process.cpuUsage();
      await run(given);
      const { user, system } = process.cpuUsage(before);
      row.push({ size, cost: (user + system) / 1000 });
    }
    // by the factor by which there was more
    const growth = row.at(-1).cost / row.at(-2).cost / (row.at(-1).size / row.at(-2).size);
    const columns = row.map(({ size, cost }) => `${String(size).padStart(7)} ${cost.toFixed(0).padStart(7)}`);
    console.log(`${name.padEnd(25)} ${columns.join(' ')} ${growth.toFixed(2).padStart(8)}`);
  }
} finally {
  rmSync(scratch, { recursive: true });
}
