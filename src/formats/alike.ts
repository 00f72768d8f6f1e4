/** Findings of one rule that say the same: once for many hosts, with the values of the first. */
import { groupBy } from '../grouped-by.ts';
import type { Finding } from '../model.ts';
import { compositeKey } from './arrange.ts';

/** Findings that are told as one. */
export interface Alike {
  findings: [Finding, ...Finding[]];
  /** False where messages or evidence have values of their own: shown are those of the first. */
  isSame: boolean;
}

/** The most different things that a rule says, before those that differ in values alone count as one. */
const MOST = 3;

/** Groups findings of one rule that are the same but for their subjects; new ones stand apart, and first. */
export const equalFindings = (findings: readonly Finding[]): Alike[] =>
  groupBy(newFirst(findings), ({ message, evidence, path, fingerprint, baseline }) =>
    compositeKey(baseline ?? null, message, JSON.stringify(evidence), path === null ? null : fingerprint),
  ).map((group) => ({ findings: group, isSame: true }));

const newFirst = (findings: readonly Finding[]): Finding[] =>
  findings.toSorted((a, b) => Number(b.baseline === 'new') - Number(a.baseline === 'new'));

/** Groups findings of one rule: what is equal, and where that is still much, what differs in values alone. */
export function alikeFindings(findings: readonly Finding[]): Alike[] {
  const equal = equalFindings(findings);
  if (equal.length <= MOST) return equal;
  return groupBy(equal, ({ findings: [first] }) =>
    compositeKey(first.baseline ?? null, shapeOf(first.message, first)),
  ).map((groups) => ({
    findings: groups.flatMap(({ findings }) => findings) as Alike['findings'],
    isSame: groups.length === 1,
  }));
}

/** Returns a text without what is its subject's own: names, and all words with a digit in them. */
export function shapeOf(text: string, { host, namespace }: Pick<Finding, 'host' | 'namespace'>): string {
  const names = [host, namespace ?? ''].filter((name) => name !== '' && name !== 'init');
  const nameless = names.reduce((rest, name) => rest.replaceAll(name, '#'), text);
  return nameless.replace(/[\w.:[\]/-]+/g, (word) => (/\d/.test(word) ? '#' : word));
}
