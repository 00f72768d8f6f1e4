import { expect, it } from 'vitest';
import { rulePage } from '../../src/formats/rule-pages.ts';
import type { RuleInfo } from '../../src/model.ts';

const page = (why: string): string =>
  rulePage(
    {
      id: 'ZZ001',
      name: 'x/y',
      title: 'x',
      severity: 'note',
      scope: 'host',
      why,
      fix: { text: 'x' },
      references: [],
      source: { file: 'x', line: 1, column: 1 },
    } satisfies RuleInfo,
    'x.yaml',
  );

it.each(['a `<pod>` here', 'a ``<pod> ` x`` here', '`<pod>` and `<node>`'])(
  'code stays as it is: %s',
  (why) => {
    expect(page(why)).toContain(why);
  },
);

it.each([
  '<img src=x>',
  '`<img src=x>',
  '``<img src=x>`',
  '``` ` <img src=x>',
  '``` x `` <img src=x> `` y',
  '`` x <img src=x>',
  '` x `` <img src=x> ``` y',
])('a tag outside of code is none: %s', (why) => {
  expect(page(why).replace(/(?<!`)``(?!`)(?:(?!``).)*``(?!`)/g, '')).not.toMatch(/(?<!\\)<img/);
});
