/** Proves a rule on what does not run: the root tree of an image, or what a host once said. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { planFor } from '../../src/collect/plan.ts';
import { isSnapshot, readSnapshot } from '../../src/collect/snapshot.ts';
import { collectors } from '../../src/collectors/index.ts';
import { REMEDY_FACTS } from '../../src/evaluate/remedies/remedies.ts';
import { neededFacts } from '../../src/evaluate/rules/rules.ts';
import { remedyFormats } from '../../src/formats/remedies/index.ts';
import { readArchive } from '../../src/media/archive.ts';
import { readMedium } from '../../src/media/read.ts';
import type { HostEvidence } from '../../src/model.ts';
import { FOLDER, type Proof } from './proof.ts';
import { found, gone, type Problems, remedyOf, silent } from './prove.ts';
import { followLines } from './remedies.ts';
import { remediesFor, rules, type Seen, seenOf } from './seen.ts';

const plan = planFor([...neededFacts(rules), ...REMEDY_FACTS], collectors, 'all');

export async function proveAtRest(proof: Proof, folder: string): Promise<Problems> {
  const places = ['defect', 'healthy'].map((name) => join(folder, proof.id, name));
  const [defect, twin] = places as [string, string];
  const made = [make(proof, proof.provoke, 'defect', defect), make(proof, proof.healthy, 'healthy', twin)];
  const wrong = made.flat();
  if (wrong.length > 0) return wrong;
  const seen = seenOf(await hostsAt(proof, defect));
  const problems = [
    ...found(proof, seen),
    ...remedyOf(proof, seen),
    ...(isThere(proof, defect) ? [] : ['observe: the defect is not there, once provoked']),
  ];
  if (problems.length > 0) return problems;
  return [
    ...(await mendedAtRest(proof, { seen, tree: defect, folder: join(folder, proof.id) })),
    ...silent(proof, seenOf(await hostsAt(proof, twin))),
    ...(isThere(proof, twin) ? ['observe: the defect is on the healthy twin'] : []),
  ];
}

/** An image with its defect, and a folder for what becomes of copies of it. */
interface Defective {
  seen: Seen;
  tree: string;
  folder: string;
}

/** Each format changes the files of a copy; what a person does, where no format does, another one. */
async function mendedAtRest(proof: Proof, on: Defective): Promise<Problems> {
  if (proof.real !== 'image') return [];
  if (proof.stays !== '') {
    if (proof.mend === '') return [];
    const copy = copyOf(on, 'mend');
    const { status, said } = sh(proof.mend, copy, proof.folder);
    return status === 0 ? judged('mend', proof, on, copy) : [`mend: ended with ${status}: ${said}`];
  }
  const remedies = remediesFor(on.seen);
  const problems: Problems = [];
  for (const [format, write] of Object.entries(remedyFormats)) {
    const copy = copyOf(on, format);
    followLines(write(remedies), copy);
    problems.push(...(await judged(format, proof, on, copy)));
  }
  return problems;
}

async function judged(by: string, proof: Proof, { seen }: Defective, copy: string): Promise<Problems> {
  return [
    ...(isThere(proof, copy) ? [`${by}: the defect is there all the same`] : []),
    ...gone(by, proof, seen, seenOf(await hostsAt(proof, copy))),
  ];
}

function copyOf({ tree, folder }: Defective, name: string): string {
  const copy = join(folder, name);
  cpSync(tree, copy, { recursive: true, verbatimSymlinks: true });
  return copy;
}

/** Lets the script make the tree; it begins as a copy of the folder of that name beside proof.yaml, where there is one. */
function make({ folder: files }: Proof, script: string, name: string, place: string): Problems {
  mkdirSync(place, { recursive: true });
  const { status, said } = sh(
    `[ ! -d "$FILES/${name}" ] || cp -R "$FILES/${name}/." .\n${script}`,
    place,
    files,
  );
  return status === 0 ? [] : [`${name}: ended with ${status}: ${said}`];
}

function isThere({ id, observe, folder }: Proof, place: string): boolean {
  const { status, said } = sh(observe, place, folder);
  if (status > 1) throw new Error(`test/rules/${id}: observe ended with ${status}: ${said}`);
  return status === 0;
}

function sh(script: string, cwd: string, files: string) {
  const { status, stdout, stderr } = spawnSync('sh', ['-c', `. "${join(FOLDER, 'shell.sh')}"\n${script}`], {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, FILES: files },
  });
  return { status: status ?? -1, said: `${stdout}${stderr}`.trim() };
}

/** Reads an image, a snapshot of `twlint collect`, or folders of what hosts said. */
async function hostsAt(proof: Proof, path: string): Promise<HostEvidence[]> {
  if (isSnapshot(path)) return readSnapshot(path).hosts;
  if (proof.real === 'captured') {
    const archive = await readArchive(path, plan.atRest);
    if (!archive.ok) throw new Error(archive.reason);
    return archive.value.hosts.map(({ evidence }) => evidence);
  }
  const host = { name: proof.id, source: { file: path, line: 1, column: 1 }, groups: [], vars: {} };
  const evidence = await readMedium({ host, connection: { kind: 'image', path } }, plan.atRest);
  return [{ ...evidence, planned: plan.plannedAtRest }];
}
