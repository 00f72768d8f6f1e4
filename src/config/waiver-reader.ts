/** Reads the waivers of twlint.yaml. */
import { patternMistake } from '../inventory/limit/limit.ts';
import type { Json, Waiver } from '../model.ts';
import { type Section, sectionAt, type YamlDocument } from '../yaml-document.ts';

export const WAIVER_KEYS = {
  required: ['rule', 'hosts', 'reason', 'owner', 'until'],
  optional: ['namespace', 'path', 'undecided'],
} as const;

export function readWaivers(top: Section, document: YamlDocument): Waiver[] {
  const { waivers } = top.value;
  if (waivers === undefined || waivers === null) return [];
  if (!Array.isArray(waivers)) {
    document.fail(['waivers'], 'waivers should be a list');
    return [];
  }
  return waivers.flatMap((value, i) => waiverFrom(value, i, document) ?? []);
}

function waiverFrom(value: Json, index: number, document: YamlDocument): Waiver | null {
  const path = ['waivers', index];
  const section = sectionAt(document, path, value, WAIVER_KEYS);
  if (section === null) return null;
  const [rule, hosts, reason] = [section.oneLine('rule'), section.oneLine('hosts'), section.text('reason')];
  const [owner, until] = [section.oneLine('owner'), section.oneLine('until')];
  const [namespace, name] = [section.oneLine('namespace'), section.oneLine('path')];
  if (until !== null && !isDate(until))
    document.fail([...path, 'until'], `"${until}" is no date`, 'write its last day, as in 2027-01-31');
  const broken = hosts === null ? null : patternMistake(hosts);
  if (broken !== null) document.fail([...path, 'hosts'], broken.message, broken.hint);
  const { undecided = false } = section.value;
  if (typeof undecided !== 'boolean')
    document.fail([...path, 'undecided'], 'undecided should be true or false');
  if (rule === null || hosts === null || reason === null || owner === null || until === null) return null;
  const source = document.yaml.at(path);
  return { rule, hosts, namespace, path: name, undecided: undecided === true, reason, owner, until, source };
}

/** Returns the day of a moment, UTC: `2027-01-31`. */
export const dayOf = (moment: Date): string => moment.toISOString().slice(0, 10);

/** Tells whether a text is a day of the calendar, as `2027-01-31`. */
export function isDate(text: string): boolean {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return false;
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}
