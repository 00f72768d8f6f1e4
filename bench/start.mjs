// What twlint takes to begin: CPU of whole processes, as medians of interleaved runs, beside Node with nothing to do.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROUNDS = 11;
const ROOT = join(import.meta.dirname, '..');
const PROGRAM = join(ROOT, 'dist/start.js');
const DEMO = join(ROOT, 'inventories/demo');

const CALLS = [
  ['node -e 0', ['-e', '0']],
  ['--version', [PROGRAM, '--version']],
  ['--help', [PROGRAM, '--help']],
  ['explain TW001', [PROGRAM, 'explain', 'TW001']],
  ['audit --from demo', [PROGRAM, 'audit', '--from', DEMO, '--fail-on', 'never', '--allow-incomplete']],
].map(([name, args]) => ({ name, args, cpu: [] }));

/** Milliseconds of CPU that this process's children have taken so far, themselves and in the kernel for them. */
function ofChildren() {
  const fields = readFileSync('/proc/self/stat', 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return (Number(fields[13]) + Number(fields[14])) * 10;
}

for (let round = 0; round < ROUNDS; round++)
  for (const { name, args, cpu } of CALLS) {
    const before = ofChildren();
    const { status, stderr } = spawnSync(process.execPath, args, { cwd: ROOT });
    if (status !== 0) throw new Error(`${name} ended with ${status}: ${stderr}`);
    cpu.push(ofChildren() - before);
  }

const median = (numbers) => numbers.sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
const [bare] = CALLS.map(({ cpu }) => median(cpu));
console.log('                     CPU ms   × node');
for (const { name, cpu } of CALLS) {
  const each = median(cpu);
  console.log(`${name.padEnd(20)} ${String(each).padStart(6)}   ${(each / bare).toFixed(1).padStart(6)}`);
}
