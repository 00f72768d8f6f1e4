// What a fleet of so many hosts takes as a whole, in four parts, and merged: CPU and memory of each process.
//   npm run bench:parts -- 1000
import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { metered } from './metered.mjs';
import { writeFleet } from './replicated-fleet.mjs';

const ROOT = join(import.meta.dirname, '..');
const PARTS = [1, 2, 3, 4];
const size = Number(process.argv[2] ?? 1000);
const scratch = mkdtempSync(join(tmpdir(), 'twlint-parts-'));

/** Prints a row; `hosts`: how many a run was about. */
function row(name, hosts, { cpu, wall, mebibytes }) {
  const columns = [hosts, cpu.toFixed(1), ((cpu * 1000) / hosts).toFixed(1), wall.toFixed(1), mebibytes];
  console.log(
    name.padEnd(22) + columns.map((value, i) => String(value).padStart([7, 8, 12, 9, 6][i])).join(''),
  );
}

try {
  const fleet = join(scratch, 'fleet');
  mkdirSync(fleet);
  writeFleet(fleet, size, join(ROOT, 'inventories/demo'));
  const about = ['--fail-on', 'never', '--allow-incomplete', '-o', `json:${join(scratch, 'report.json')}`];
  const parts = PARTS.map((number) => join(scratch, `part-${number}.gz`));
  console.log('                        hosts   CPU s   ms a host   wall s   MiB');
  row('audit --from', size, metered(['audit', '--from', fleet, '--quiet', ...about], scratch));
  for (const [i, part] of parts.entries()) {
    const shard = ['--shard', `${i + 1}/${PARTS.length}`, '-o', `part:${part}`];
    const taken = metered(['audit', '--from', fleet, '--quiet', '--allow-incomplete', ...shard], scratch);
    if (i === 0) row('audit --shard 1/4', Math.round(size / PARTS.length), taken);
  }
  row('merge', size, metered(['merge', ...parts, ...about], scratch));
  const bytes = parts.reduce((sum, part) => sum + statSync(part).size, 0);
  console.log(`a part takes ${(bytes / size / 1000).toFixed(1)} kB a host`);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
