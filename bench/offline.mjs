// What an audit of snapshots takes: CPU and memory of the whole process, for fleets of so many hosts with NAT and IPVS.
//   npm run bench:offline -- 1000 10000
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { metered } from './metered.mjs';
import { writeFleet } from './replicated-fleet.mjs';

const ROOT = join(import.meta.dirname, '..');
const sizes = process.argv.slice(2).map(Number);
const scratch = mkdtempSync(join(tmpdir(), 'twlint-offline-'));

console.log('  hosts   CPU s   ms a host   wall s   MiB');
try {
  for (const size of sizes.length > 0 ? sizes : [100, 1000]) {
    const folder = join(scratch, `fleet-${size}`);
    mkdirSync(folder);
    writeFleet(folder, size, join(ROOT, 'inventories/demo'));
    const outputs = ['text', 'json', 'sarif'].flatMap((name) => ['-o', `${name}:${join(scratch, name)}`]);
    const about = ['--quiet', '--fail-on', 'never', '--allow-incomplete', ...outputs];
    const { cpu, wall, mebibytes } = metered(['audit', '--from', folder, ...about], scratch);
    const columns = [size, cpu.toFixed(1), ((cpu * 1000) / size).toFixed(1), wall.toFixed(1), mebibytes];
    console.log(columns.map((value, i) => String(value).padStart([7, 8, 12, 9, 6][i])).join(''));
    rmSync(folder, { recursive: true });
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
