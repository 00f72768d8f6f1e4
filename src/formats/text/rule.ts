import type { RuleInfo } from '../../model.ts';
import { commandsOf } from '../arrange.ts';
import { printable, sentence } from '../printable.ts';
import { advice } from './findings.ts';
import { hanging, type Page } from './page.ts';

/** A rule's conditions and tests, as written. */
export interface RuleConditions {
  when: string | null;
  assert: string;
  noteWhen: string | null;
  tests: readonly { expected: string; name: string }[];
}

/** Prints everything about a rule, for a terminal. */
export function ruleText(
  rule: RuleInfo,
  { when, assert, noteWhen, tests }: RuleConditions,
  page: Page,
): string {
  const { id, title, severity, scope, supersedes = [], yields = [], source } = rule;
  const label = `${severity}[${printable(id)}]: `;
  const section = (name: string, text: string) =>
    text === '' ? [] : hanging(`  ${name.padEnd(9)}`, sentence(text), page.width);
  const lines = [
    ...hanging(label, sentence(title), page.width),
    '',
    ...section('tried on', scope === 'netns' ? 'each network namespace' : `each ${scope}`),
    ...section('where', when ?? ''),
    ...section('holds', assert),
    ...section('a note', noteWhen === null ? '' : `where ${noteWhen}`),
    ...section('explains', supersedes.join(', ')),
    ...section('yields', yields.length > 0 ? `to ${yields.join(', ')} on the paths themselves` : ''),
    ...section('file', `${source.file}:${source.line}`),
    ...advice(rule, commandsOf(rule.fix), page),
    ...(tests.length > 0 ? ['', `  ${page.paint('strong', 'tests')}`] : []),
    ...tests.flatMap(({ expected, name }) =>
      hanging(`    ${expected.padEnd(15)}`, sentence(name), page.width),
    ),
  ];
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n`;
}

/** One rule a line, in columns. */
export function rulesTable(rules: readonly RuleInfo[], page: Page): string {
  const width = Math.max(...rules.map(({ name }) => printable(name).length));
  const rows = rules.flatMap(({ id, severity, name, title }) => [
    `${printable(id).padEnd(6)} ${page.paint(severity, severity.padEnd(7))}  ${printable(name).padEnd(width)}`,
    ...hanging('       ', sentence(title), page.width),
  ]);
  return `${rows.map((row) => row.trimEnd()).join('\n')}\n`;
}
