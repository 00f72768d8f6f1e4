// What an audit of snapshots takes: CPU and memory of the whole process, for fleets of so many hosts with NAT and IPVS.
//   npm run bench:offline -- 1000 10000
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { writeFleet } from './replicated-fleet.mjs';

const ROOT = join(import.meta.dirname, '..');
const sizes = process.argv.slice(2).map(Number);
const scratch = mkdtempSync(join(tmpdir(), 'twlint-offline-'));
const usage = join(scratch, 'usage.json');
// of all threads; maxRSS is in KiB
const meter = join(scratch, 'meter.mjs');
writeFileSync(
  meter,
  `import { writeFileSync } from 'node:fs';
process.on('exit', () => writeFileSync(${JSON.stringify(usage)}, JSON.stringify(process.resourceUsage())));`,
);

console.log('  hosts   CPU s   ms a host   wall s   MiB');
try {
  for (const size of sizes.length > 0 ? sizes : [100, 1000]) {
    const folder = join(scratch, `fleet-${size}`);
    mkdirSync(folder);
    writeFleet(folder, size, join(ROOT, 'inventories/demo'));
    const outputs = ['text', 'json', 'sarif'].flatMap((name) => ['-o', `${name}:${join(scratch, name)}`]);
    const began = performance.now();
    const { status, stderr } = spawnSync(
      process.execPath,
      [
        ...['--import', pathToFileURL(meter).href, join(ROOT, 'dist/start.js')],
        ...['audit', '--from', folder, '--quiet', '--fail-on', 'never', '--allow-incomplete', ...outputs],
      ],
      { stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8' },
    );
    if (status !== 0)
      throw new Error(`the audit of ${size} hosts ended with ${status}: ${stderr.slice(0, 2000)}`);
    const wall = (performance.now() - began) / 1000;
    const { userCPUTime, systemCPUTime, maxRSS } = JSON.parse(readFileSync(usage, 'utf8'));
    const cpu = (userCPUTime + systemCPUTime) / 1e6;
    const columns = [
      size,
      cpu.toFixed(1),
      ((cpu * 1000) / size).toFixed(1),
      wall.toFixed(1),
      Math.round(maxRSS / 1024),
    ];
    console.log(columns.map((value, i) => String(value).padStart([7, 8, 12, 9, 6][i])).join(''));
    rmSync(folder, { recursive: true });
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
