import { expect, it } from 'vitest';
import { patternComplaint } from '../../src/evaluate/expression/safe-pattern.ts';

it.each([
  '^eth[0-9]+$',
  'el[78]',
  '.*\\.el7\\..*',
  '^(?:eth|ens|eno)[0-9]+$',
  '[*+?]{3}',
  'a\\*\\+\\?',
  '(a|b)?c',
  '[\\]*]+',
])('%s is fine, and quick on what does not match', (pattern) => {
  expect(patternComplaint(pattern)).toBeNull();
  const begin = performance.now();
  for (const text of [
    'a'.repeat(300),
    'eth'.repeat(100),
    '0'.repeat(300),
    '.el7.'.repeat(60),
    ']*'.repeat(150),
  ])
    new RegExp(pattern).test(`${text}!`);
  expect(performance.now() - begin).toBeLessThan(20_000);
});

it.each([
  ['(a+)+$', /repeats a group/],
  ['(a|a)*$', /repeats a group/],
  ['(a|aa){2,}$', /repeats a group/],
  ['(?:a*)*', /repeats a group/],
  ['((a))+', /repeats a group/],
  ['(a)\\1', /refers back/],
  ['(?<x>a)\\k<x>', /refers back/],
  ['(?=a)', /looks ahead/],
  ['(?<!a)', /looks ahead/],
  ['.*.*.*x', /repeats more than/],
  ['a{0,9}b{0,9}c{0,9}', /repeats more than/],
  [`${'a?'.repeat(20)}${'a'.repeat(20)}`, /optional/],
  ['a'.repeat(201), /longer/],
  ['[', /not a regular expression/],
])('%s is refused', (pattern, complaint) => {
  expect(patternComplaint(pattern)).toMatch(complaint);
});
