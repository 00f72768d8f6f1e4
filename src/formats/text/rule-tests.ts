import type { RuleInfo } from '../../model.ts';
import { printable, sentence } from '../printable.ts';
import { hanging, type Page } from './page.ts';

/** The result of one test of a rule or an intent. */
interface Case {
  name: string;
  ok: boolean;
  /** The expected and the actual result. */
  detail: string;
}

/**
 * Prints each test below the rule or intent that it is of, those that fail with the actual result, then the sum; only
 * failures unless all are requested.
 */
export function testedRules(
  tested: readonly { rule: Pick<RuleInfo, 'id' | 'name'>; cases: readonly Case[] }[],
  of: 'rule' | 'intent',
  page: Page,
): string {
  const blocks = tested.flatMap(({ rule, cases }) => {
    const shown = cases.filter(({ ok }) => page.all || !ok);
    const heading = `${page.paint('strong', printable(rule.id))} ${page.paint('faint', printable(rule.name))}`;
    return shown.length === 0 ? [] : [[heading, ...shown.flatMap((one) => caseLines(one, page))].join('\n')];
  });
  const all = tested.flatMap(({ cases }) => cases);
  const failed = all.filter(({ ok }) => !ok).length;
  const sum = `${all.length - failed} passed, ${failed} failed, in ${tested.length} ${tested.length === 1 ? of : `${of}s`}`;
  return `${[...blocks, page.paint(failed > 0 ? 'error' : 'good', sum)].join('\n\n')}\n`;
}

function caseLines({ name, ok, detail }: Case, page: Page): string[] {
  const mark = ok ? page.paint('good', 'ok  ') : page.paint('error', 'FAIL');
  const [first = '', ...rest] = hanging('  ok    ', sentence(name), page.width);
  return [
    `  ${mark}  ${first.slice(8)}`,
    ...rest,
    ...(ok ? [] : hanging('        ', sentence(detail), page.width)),
  ];
}
