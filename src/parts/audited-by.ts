/** What parts were audited by: those of one report were audited by the same. */
import { hash } from 'node:crypto';
import type { LoadedRule } from '../evaluate/rules/rules.ts';

export interface AuditedBy {
  /** The version of twlint. */
  twlint: string;
  /** A digest of each rule that was tried, by its id. */
  rules: Readonly<Record<string, string>>;
  /** The option `--netns`. */
  netns: string;
  /** The option `--interval`; null: there was one sample. */
  interval: string | null;
}

/** Returns a digest of each rule, by its id: of all that its findings hang on, and not of where its file lies. */
export function digestOfRules(rules: readonly LoadedRule[]): Record<string, string> {
  return Object.fromEntries(
    rules
      .map((rule): [string, string] => [
        rule.id,
        hash('sha256', JSON.stringify(whatCounts(rule))).slice(0, 16),
      ])
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

function whatCounts({ source, tests, when, assert, noteWhen, message, fixConditions, ...info }: LoadedRule) {
  const { interfaces, only } = fixConditions;
  return [
    info,
    [when?.text, assert.text, noteWhen?.text, message.text],
    interfaces.map(({ setting, value, on }) => [setting, value, on.text]),
    [...only].map(([name, { text }]) => [name, text]),
  ];
}

/** What was audited, as messages call it: `part-2`, `this command line`. */
interface Named {
  name: string;
  by: AuditedBy;
}

/** Returns in which way two were not audited by the same, as a sentence; null: they were. */
export function differenceOf(one: Named, other: Named): string | null {
  const [a, b] = [one.by, other.by];
  const says = (what: string, first: string, second: string) =>
    `${one.name} ${what} ${first}, ${other.name} ${second}`;
  if (a.twlint !== b.twlint) return says('is of twlint', a.twlint, `of ${b.twlint}`);
  if (a.netns !== b.netns) return says('is with --netns', a.netns, `with --netns ${b.netns}`);
  if (a.interval !== b.interval) return says('is', withInterval(a.interval), withInterval(b.interval));
  const ids = [...new Set([...Object.keys(a.rules), ...Object.keys(b.rules)])].sort();
  const onlyIn = (has: AuditedBy, lacks: AuditedBy) =>
    ids.filter((id) => Object.hasOwn(has.rules, id) && !Object.hasOwn(lacks.rules, id));
  const [more, less] = [onlyIn(a, b), onlyIn(b, a)];
  if (more.length > 0) return says('is with', some(more), 'without');
  if (less.length > 0) return says('is without', some(less), 'with');
  const changed = ids.filter((id) => a.rules[id] !== b.rules[id]);
  if (changed.length === 0) return null;
  return `${one.name} and ${other.name} are by different forms of ${some(changed)}`;
}

const withInterval = (interval: string | null): string =>
  interval === null ? 'without --interval' : `with --interval ${interval}`;

const MOST = 5;

/** `the rules NA001, NA002 and 3 more` */
function some(ids: readonly string[]): string {
  const more = ids.length > MOST ? ` and ${ids.length - MOST} more` : '';
  return `the ${ids.length === 1 ? 'rule' : 'rules'} ${ids.slice(0, MOST).join(', ')}${more}`;
}
