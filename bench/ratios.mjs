// Fails where what twlint costs, by a yardstick of the same minute, is 1.5 times what bench/kept-ratios.json holds. Needs
// root and sshd for the part with hosts.
//   npm run bench:ratios              compares
//   npm run bench:ratios -- --keep    keeps what is measured now
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { GROUPS, measured } from './ratio-groups.mjs';

const WORSE = 1.5;
const KEPT = join(import.meta.dirname, 'kept-ratios.json');

const keep = process.argv.includes('--keep');
const kept = JSON.parse(readFileSync(KEPT, 'utf8'));

if (process.getuid?.() !== 0) {
  console.error('bench:ratios: hosts are made of namespaces and cgroups: run it as root');
  process.exit(2);
}

const now = {};
console.log(`${''.padEnd(50)}kept     now`);
for (const group of Object.keys(GROUPS)) {
  let ratios = await measured(group);
  // a busy machine may hit one of both more than the other, and hardly twice
  if (worseOf(group, ratios).length > 0) ratios = smaller(ratios, await measured(group));
  now[group] = Object.fromEntries(
    Object.entries(ratios).map(([name, ratio]) => [name, Number(ratio.toFixed(2))]),
  );
  console.log(group);
  for (const [name, ratio] of Object.entries(now[group]))
    console.log(
      `  ${name.padEnd(46)}${keptOf(group, name).padStart(6)}  ${ratio.toFixed(2).padStart(6)}${worseOf(group, { [name]: ratio }).length > 0 ? '  too much' : ''}`,
    );
}
if (keep) writeFileSync(KEPT, `${JSON.stringify(now, null, 2)}\n`);
else if (Object.entries(now).some(([group, ratios]) => worseOf(group, ratios).length > 0)) {
  console.error(
    `bench:ratios: what is marked costs more than ${WORSE} times what it did: find why, or keep it with --keep and say why`,
  );
  process.exit(1);
}

function worseOf(group, ratios) {
  return keep
    ? []
    : Object.entries(ratios).filter(([name, ratio]) => !(ratio <= WORSE * kept[group]?.[name]));
}

function keptOf(group, name) {
  return kept[group]?.[name]?.toFixed(2) ?? 'none';
}

function smaller(first, again) {
  return Object.fromEntries(
    Object.entries(first).map(([name, ratio]) => [name, Math.min(ratio, again[name])]),
  );
}
