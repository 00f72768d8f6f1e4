// What twlint takes to begin: CPU of whole processes, as medians of interleaved runs, beside Node with nothing to do.
import { join } from 'node:path';
import { cpuOfNode } from './children-cpu.mjs';

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

for (let round = 0; round < ROUNDS; round++)
  for (const { args, cpu } of CALLS) cpu.push(cpuOfNode(args, { cwd: ROOT }));

const median = (numbers) => numbers.sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
const [bare] = CALLS.map(({ cpu }) => median(cpu));
console.log('                     CPU ms   × node');
for (const { name, cpu } of CALLS) {
  const each = median(cpu);
  console.log(`${name.padEnd(20)} ${String(each).padStart(6)}   ${(each / bare).toFixed(1).padStart(6)}`);
}
