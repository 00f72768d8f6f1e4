// Runs twlint as a process of its own, and says what it took: CPU of all threads, and the most memory.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const ROOT = join(import.meta.dirname, '..');

/** Throws where it ends with another status than these. `scratch` is a folder to write to. */
export function metered(args, scratch, statuses = [0]) {
  const [usage, meter] = [join(scratch, 'usage.json'), join(scratch, 'meter.mjs')];
  writeFileSync(
    meter,
    `import { writeFileSync } from 'node:fs';
process.on('exit', () => writeFileSync(${JSON.stringify(usage)}, JSON.stringify(process.resourceUsage())));`,
  );
  const began = performance.now();
  const { status, stderr } = spawnSync(
    process.execPath,
    ['--import', pathToFileURL(meter).href, join(ROOT, 'dist/start.js'), ...args],
    { stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8' },
  );
  if (!statuses.includes(status))
    throw new Error(`twlint ${args[0]} ended with ${status}: ${stderr.slice(0, 2000)}`);
  const wall = (performance.now() - began) / 1000;
  const { userCPUTime, systemCPUTime, maxRSS } = JSON.parse(readFileSync(usage, 'utf8'));
  // maxRSS is in KiB
  return { cpu: (userCPUTime + systemCPUTime) / 1e6, wall, mebibytes: Math.round(maxRSS / 1024) };
}
