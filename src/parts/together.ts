/** Joins parts of a fleet to the report of one run over all of it. */

import { timesOf } from '../collect/times.ts';
import type { Collector } from '../define.ts';
import { throwIfAny, UserError } from '../errors.ts';
import type { HostResult } from '../evaluate/host.ts';
import type { FleetChecks } from '../evaluate/report.ts';
import type { LoadedRule } from '../evaluate/rules/rules.ts';
import { checkWhole, isInShard } from '../inventory/shard.ts';
import type { Report } from '../model.ts';
import { differenceOf, digestOfRules } from './audited-by.ts';
import { beginJoining } from './joining.ts';
import { readHead, readPart } from './part-file.ts';
import { fleetNamed, type PartEnd, type PartHead } from './part-head.ts';

/** A part as a file. */
export interface PartFile {
  path: string;
  /** The path as the user wrote it. */
  named: string;
}

/** A part that goes together with the others. */
interface FittingPart extends PartFile {
  head: PartHead;
}

/** Reads what the parts say of themselves. Throws UserErrors where they do not make up one fleet. */
export async function fittingParts(files: readonly PartFile[]): Promise<FittingPart[]> {
  const parts: FittingPart[] = [];
  for (const file of files) parts.push({ ...file, head: await readHead(file.path, file.named) });
  const [first, ...others] = parts;
  if (first === undefined) return parts;
  throwIfAny(others.flatMap((other) => whyApart(first, other) ?? []));
  throwIfAny(repeatedIn(parts));
  checkWhole(
    parts.map(({ head }) => head.shard),
    'name all parts',
  );
  return parts;
}

function whyApart(one: FittingPart, other: FittingPart): UserError | null {
  const different = differenceOf(
    { name: one.named, by: one.head.by },
    { name: other.named, by: other.head.by },
  );
  if (different !== null)
    return new UserError(different, { hint: 'audit all parts with one twlint and the same options' });
  const [a, b] = [one.head.fleet, other.head.fleet];
  if (a.digest === b.digest && a.limited === b.limited) return null;
  const count = a.hosts === b.hosts ? 'names or order differ' : `${a.hosts} and ${b.hosts} hosts`;
  return new UserError(`${one.named} and ${other.named} are of different inventories: ${count}`, {
    hint: 'audit all parts with the same inventory and --limit',
  });
}

function repeatedIn(parts: readonly FittingPart[]): UserError[] {
  return parts.flatMap(({ named, head: { shard } }, i) => {
    const before = parts
      .slice(0, i)
      .find(({ head }) => head.shard.number === shard.number && head.shard.of === shard.of);
    if (before === undefined) return [];
    const what = `${before.named} and ${named} are both part ${shard.number} of ${shard.of}`;
    return [new UserError(what, { hint: 'name each part once' })];
  });
}

/** Throws a UserError where parts were audited by other rules than these. */
export function checkRules(
  [part]: readonly FittingPart[],
  rules: readonly LoadedRule[],
  twlint: string,
): void {
  if (part === undefined) return;
  const here = { ...part.head.by, twlint, rules: digestOfRules(rules) };
  const different = differenceOf({ name: part.named, by: part.head.by }, { name: 'this merge', by: here });
  if (different !== null)
    throw new UserError(different, {
      hint: 'merge with the twlint, the -r, --rule, --exclude and the twlint.yaml of the audits',
    });
}

export interface Merged {
  report: Report;
  hosts: HostResult[];
  /** What is odd about the parts, and does not keep them from being merged. */
  warnings: string[];
}

/** Reads parts that go together, and reports on them. Throws a UserError where one is damaged. */
export async function mergeParts(
  parts: readonly FittingPart[],
  rules: readonly LoadedRule[],
  collectors: ReadonlyMap<string, Collector>,
  tool: Report['tool'],
  checks: FleetChecks | null = null,
): Promise<Merged> {
  const joining = beginJoining(rules, collectors, tool, checks);
  const ends: PartEnd[] = [];
  for (const { path, named, head } of parts) {
    const end = await readPart(path, named, (part, where) => {
      const { name } = part.host;
      const { number, of } = head.shard;
      if (!isInShard(name, head.shard))
        throw new UserError(`${where}: host ${name} does not belong to part ${number} of ${of}`, {
          hint: CHANGED,
        });
      joining.add(part, where);
    });
    ends.push(end);
  }
  const hosts = joining.hosts();
  const [first] = parts;
  const names = hosts.map(({ host }) => host.name);
  if (first !== undefined && fleetNamed(names, false).digest !== first.head.fleet.digest)
    throw new UserError(
      `${first.named}: the hosts of the parts (${hosts.length}) are not those of their inventory (${first.head.fleet.hosts})`,
      { hint: CHANGED },
    );
  return { report: joining.report(timesOf(ends)), hosts, warnings: daysApart(parts, ends) };
}

const DAY = 24 * 60 * 60 * 1000;

/** Parts of one run have no mark of it, and may be asked one after the other. */
function daysApart(parts: readonly PartFile[], ends: readonly PartEnd[]): string[] {
  const spans = ends.map(({ startedAt, finishedAt }, i) => ({
    named: parts[i]?.named ?? '',
    from: Date.parse(startedAt),
    to: Date.parse(finishedAt),
  }));
  const first = spans.toSorted((a, b) => a.to - b.to)[0];
  const last = spans.toSorted((a, b) => b.from - a.from)[0];
  if (first === undefined || last === undefined || last.from - first.to < DAY) return [];
  const days = Math.floor((last.from - first.to) / DAY);
  const apart = days === 1 ? 'a day' : `${days} days`;
  return [`${first.named} was audited ${apart} before ${last.named}: hosts may have changed in between`];
}

const CHANGED = 'no audit writes that: audit the hosts of this part again';
