/** Proves a rule on hosts of this machine: provoked, seen, mended and undone, beside a healthy twin. */
import type { Remedies } from '../../src/evaluate/remedies/remedy.ts';
import { type LabHost, lookAt } from './hosts.ts';
import type { Proof } from './proof.ts';
import { applyFile, applyScript, settled, undoScript } from './remedies.ts';
import { defectsIn, remediesFor, rulesIn, type Seen, seenOf } from './seen.ts';

/** What is wrong with a rule, its remedy or its proof, in words; nothing, where all of it holds. */
export type Problems = string[];

/** A host that stands as it was provoked, and what its remedies make of it. */
export interface Provoked {
  proof: Proof;
  host: LabHost;
  remedies: Remedies;
  /** Before and after the script, which all formats are compared with. */
  states: { before: string; after: string };
}

async function look(host: LabHost, proof: Proof): Promise<Seen> {
  return seenOf([await lookAt(host, proof.growing)]);
}

/** Makes the healthy twin, which is to be silent. `known`: what was seen of it before; null: it was not looked at. */
export async function proveHealthy(proof: Proof, host: LabHost, known: Seen | null): Promise<Problems> {
  const made = await host.run(proof.healthy);
  if (made.status !== 0) return [`healthy: ended with ${made.status}: ${made.said}`];
  const isDefect = await isThere(host, proof);
  const seen = known ?? (await look(host, proof));
  return [...silent(proof, seen), ...(isDefect ? ['observe: the defect is on the healthy twin'] : [])];
}

/** Tells what a healthy twin says all the same. */
export function silent(proof: Proof, seen: Seen): Problems {
  const { id, healthyWith, mayCome } = proof;
  const own = seen.report.findings.filter(({ rule, verdict }) => rule === id && verdict === 'unknown');
  const loud = defectsIn(seen).filter(
    ({ rule, severity }) =>
      rule === id || (severity !== 'note' && ![...healthyWith, ...mayCome].includes(rule)),
  );
  return [
    ...own.map(({ message }) => `healthy: ${id} is not known: ${message}`),
    ...loud.map(({ rule, severity, message }) => `healthy: ${severity} ${rule}: ${message}`),
    ...healthyWith
      .filter((rule) => !rulesIn(seen).includes(rule))
      .map((rule) => `healthyWith: there is no ${rule}`),
  ];
}

/** Makes the defect, and applies and undoes the script. Null where no machine can mend it, or nothing was found. */
export async function proveDefect(proof: Proof, host: LabHost, problems: Problems): Promise<Provoked | null> {
  const made = await host.run(`${proof.provoke}\n`);
  if (made.status !== 0) {
    problems.push(`provoke: ended with ${made.status}: ${made.said}`);
    return null;
  }
  const before = await stateOf(host, 'keep_files; state');
  if (!(await isThere(host, proof))) problems.push('observe: the defect is not there, once provoked');
  const seen = await look(host, proof);
  problems.push(...found(proof, seen));
  const remedies = remediesFor(seen);
  problems.push(...remedyOf(proof, seen));
  if (problems.length > 0) return null;
  if (proof.stays !== '') {
    if (proof.mend !== '') problems.push(...(await mended(proof, host, seen)));
    return null;
  }
  const after = await script({ proof, host, remedies, before, seen }, problems);
  return { proof, host, remedies, states: { before, after } };
}

/** Tells where the finding isn't what it is to be. */
export function found(proof: Proof, seen: Seen): Problems {
  const { id, says } = proof;
  const own = defectsIn(seen).filter(({ rule }) => rule === id);
  const expected = [...new Set([id, ...proof.with])].sort().join(', ');
  const there = rulesIn(seen)
    .filter((rule) => !proof.mayCome.includes(rule))
    .join(', ');
  const unknown = seen.report.findings.filter(({ rule, verdict }) => rule === id && verdict === 'unknown');
  return [
    ...(there === expected ? [] : [`found: ${there || 'nothing'} instead of ${expected}`]),
    ...(own.length === 0 || own.some(({ message }) => message.includes(says))
      ? []
      : [`says: ${own.map(({ message }) => message).join(' | ')}`]),
    ...(own.length === 0 ? unknown.map(({ message }) => `found: ${id} is not known: ${message}`) : []),
  ];
}

/** Tells where a remedy is said to be for a person, and is not, or the other way round. */
export function remedyOf({ id, stays }: Proof, seen: Seen): Problems {
  // a finding that another one explains has the remedy of that one
  if (defectsIn(seen).every(({ rule, foldedInto }) => rule !== id || foldedInto !== null)) return [];
  const [host] = remediesFor(seen).hosts;
  const steps = host === undefined ? [] : [...host.steps, ...host.namespaces.flatMap((one) => one.steps)];
  const own = steps.filter(({ causes }) => causes.some(({ rule }) => rule.id === id));
  const does = own.some(({ modules, settings }) => modules.length + settings.length > 0);
  if (does && stays !== '') return ['stays: twlint fix does something about it'];
  return !does && stays === '' ? ['stays: twlint fix does nothing about it, and no reason is given'] : [];
}

/** Applies the script twice, undoes it, and returns the state that it made. */
async function script(
  on: { proof: Proof; host: LabHost; remedies: Remedies; before: string; seen: Seen },
  problems: Problems,
): Promise<string> {
  const { proof, host, remedies, before, seen } = on;
  const say = (text: string) => problems.push(`shell: ${text}`);
  const first = await applyScript(host, remedies);
  if (first.status !== 0) say(`ended with ${first.status}: ${first.said}`);
  const after = await stateOf(host);
  await restarted(host, proof);
  if (await isThere(host, proof)) say('the defect is there all the same');
  problems.push(...gone('shell', proof, seen, await look(host, proof)));
  await applyScript(host, remedies);
  if ((await stateOf(host)) !== after) say(`twice is not once: ${difference(after, await stateOf(host))}`);
  const undone = await undoScript(host, remedies);
  if (undone.status !== 0) say(`undo ended with ${undone.status}: ${undone.said}`);
  const state = await stateOf(host);
  await restarted(host, proof);
  if (state !== before) say(`undo leaves something: ${difference(before, state)}`);
  if (!(await isThere(host, proof))) say('undo does not bring the defect back');
  return after;
}

/** Writes the file of sysctl.d and follows it as a person would; then everything is as it was before. */
export async function proveFile({ proof, host, remedies, states }: Provoked): Promise<Problems> {
  const applied = await applyFile(host, remedies);
  const problems = applied.status === 0 ? [] : [`sysctl.d: ended with ${applied.status}: ${applied.said}`];
  problems.push(...(await sameAsScript('sysctl.d', { proof, host, states })));
  await putBack(host, states.before);
  const state = await stateOf(host);
  if (state !== states.before)
    problems.push(`sysctl.d: could not be put back: ${difference(states.before, state)}`);
  return problems;
}

/** Compares the state that a format made with that of the script, after which twlint was asked. */
export async function sameAsScript(
  format: string,
  { proof, host, states }: Pick<Provoked, 'proof' | 'host' | 'states'>,
): Promise<Problems> {
  const state = await stateOf(host);
  await restarted(host, proof);
  return [
    ...(settled(state) === settled(states.after)
      ? []
      : [
          `${format}: makes another state than the script: ${difference(settled(states.after), settled(state))}`,
        ]),
    ...((await isThere(host, proof)) ? [`${format}: the defect is there all the same`] : []),
  ];
}

/** Does what the fix tells a person to do. */
async function mended(proof: Proof, host: LabHost, before: Seen): Promise<Problems> {
  const done = await host.run(proof.mend);
  if (done.status !== 0) return [`mend: ended with ${done.status}: ${done.said}`];
  return [
    ...((await isThere(host, proof)) ? ['mend: the defect is there all the same'] : []),
    ...gone('mend', proof, before, await look(host, proof)),
  ];
}

/** Tells which findings a remedy left, or made. */
export function gone(by: string, { id, mayCome }: Proof, before: Seen, after: Seen): Problems {
  const there = [...rulesIn(before), ...mayCome];
  return rulesIn(after).flatMap((rule) => {
    if (rule === id) return [`${by}: the finding is there all the same`];
    return there.includes(rule) ? [] : [`${by}: makes ${rule}`];
  });
}

/** Starts again what the fix says to start again. */
async function restarted(host: LabHost, { id, restart }: Proof): Promise<void> {
  if (restart === '') return;
  const { status, said } = await host.run(restart);
  if (status !== 0) throw new Error(`test/rules/${id}: restart ended with ${status}: ${said}`);
}

/** Asks what is not twlint; anything but yes and no is a mistake in the proof. */
async function isThere(host: LabHost, { id, observe }: Proof): Promise<boolean> {
  // without -e's rules within a condition, each line would be the answer
  const { status, said } = await host.run(observe);
  if (status > 1) throw new Error(`test/rules/${id}: observe ended with ${status}: ${said}`);
  return status === 0;
}

async function stateOf(host: LabHost, script = 'state'): Promise<string> {
  const { status, said } = await host.run(script);
  if (status !== 0) throw new Error(`${host.name}: its state can't be told: ${said}`);
  return said;
}

/** Gives every setting that differs its value, and files their text. */
async function putBack(host: LabHost, before: string): Promise<void> {
  const now = new Set((await stateOf(host)).split('\n'));
  const settings = before.split('\n').flatMap((line) => {
    const [, file, value] = /^(\/proc\/sys\/[^:]+):(.*)$/.exec(line) ?? [];
    return file === undefined || now.has(line) ? [] : [`printf '%s\\n' '${value}' >'${file}'`];
  });
  await host.run(['put_back_files', ...settings].join('\n'));
}

/** Returns the lines that only one of two states has. */
function difference(before: string, after: string): string {
  const lines = (text: string) => text.split('\n');
  const only = (some: string, others: string, mark: string) =>
    lines(some).flatMap((line) => (lines(others).includes(line) ? [] : [`${mark}${line}`]));
  return [...only(before, after, '-'), ...only(after, before, '+')].join(' ') || 'the order of lines';
}
