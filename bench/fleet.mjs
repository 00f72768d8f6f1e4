// The same hosts, asked by twlint and by what people use for it: processor time of the client and of the hosts, each
// in a cgroup of its own. Needs root, sshd and cgroups of version 2.
//   npm run bench:fleet -- [HOSTS [ROUNDS [a word that names have]]]
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { clientsOf } from './fleet-clients.mjs';
import { inRounds, isInstalled, median } from './fleet-rounds.mjs';
import { startLab } from './sshd-lab.mjs';

const [count = '200', rounds = '3', only = ''] = process.argv.slice(2);

if (process.getuid?.() !== 0) {
  console.error('bench:fleet makes namespaces and cgroups: run it as root');
  process.exit(2);
}

const folder = mkdtempSync(join(tmpdir(), 'twlint-fleet-'));
const lab = await startLab(folder, Number(count)).catch((error) => {
  rmSync(folder, { recursive: true });
  throw error;
});
try {
  const clients = clientsOf(lab, folder).filter(({ name }, i) => i === 0 || name.includes(only));
  const runs = await inRounds(lab, clients.filter(isInstalled), folder, Number(rounds));
  console.log(
    `${cpus().length} × ${cpus()[0].model}, Linux ${release()}; ${count} hosts, 32 at a time, medians of ${rounds} rounds`,
  );
  console.log(`${''.padEnd(24)}client ms a host  × ssh2    hosts ms a host  × ssh2    wall s`);
  for (const client of clients) console.log(row(client, runs));
} finally {
  await lab.end();
  rmSync(folder, { recursive: true, force: true });
}

function row(client, runs) {
  const rows = runs.get(client);
  if (rows === undefined)
    return `${client.name.padEnd(24)}not measured: ${client.needs.program} is not installed (Debian: ${client.needs.package})`;
  const [yardstick] = runs.values();
  const ratio = (key) => median(rows.map((row, round) => row[key] / yardstick[round][key])).toFixed(2);
  const of = (key) => median(rows.map((row) => row[key])).toFixed(1);
  const cells = [of('client'), ratio('client'), of('hosts'), ratio('hosts'), of('seconds')];
  const note = client.hosts === Number(count) ? '' : `  (${client.hosts} hosts)`;
  return (
    client.name.padEnd(24) + cells.map((cell, i) => cell.padStart([16, 8, 19, 8, 10][i])).join('') + note
  );
}
