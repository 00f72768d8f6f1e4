import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addWaiver } from '../../src/config/add-waiver.ts';
import { readConfig } from '../../src/config/config-reader.ts';

const location = { file: 'twlint.yaml', path: '/w/twlint.yaml', cwd: '/w' };
const waiver = (rule: string) => ({
  rule,
  hosts: 'lb-*',
  namespace: null,
  path: null,
  undecided: false,
  reason: 'one uplink',
  owner: 'net-team',
  until: '2999-01-31',
});
const ITEM = ['rule: OLD1', 'hosts: a', 'reason: r', 'owner: o', 'until: 2999-01-31'];
const item = (indent: string) => `${indent}- ${ITEM.join(`\n${indent}  `)}\n`;

/** How files have their waivers, with what stands before and behind them. */
const FILES: Record<string, string> = {
  'an empty file': '',
  'no waivers': '# ours\nfail_on: warning # for now\n',
  'no newline at the end': 'fail_on: warning',
  'an empty list': 'waivers: []\nfail_on: warning\n',
  'nothing behind the key': 'fail_on: warning\nwaivers:\n',
  'one, indented': `waivers:\n${item('  ')}`,
  'one, not indented': `waivers:\n${item('')}`,
  'two, and keys behind': `waivers:\n${item('    ')}${item('    ')}\n# the gate\nfail_on: warning\n`,
  'comments within': `waivers: # accepted\n  # the oldest\n${item('  ')}  # and no more\nfail_on: note\n`,
  'no newline behind the last': `fail_on: note\nwaivers:\n${item('  ').trimEnd()}`,
};

describe('a waiver is added', () => {
  it.each(Object.entries(FILES))('to %s, and all else stays', (_, text) => {
    const before = text === '' ? [] : readConfig(text, location).waivers;
    const after = addWaiver(text, waiver('NEW1'));
    const rules = readConfig(after, location).waivers.map(({ rule }) => rule);
    expect(rules).toEqual([...before.map(({ rule }) => rule), 'NEW1']);
    for (const line of text.split('\n').filter((one) => one.trim() !== '' && !one.startsWith('waivers:')))
      expect(after.split('\n')).toContain(line);
  });

  it('whatever its words are', () => {
    const word = fc
      .string({ unit: 'grapheme' })
      .map((text) => text.replace(/\p{C}|\s+/gu, ' ').trim())
      .filter(Boolean);
    fc.assert(
      fc.property(fc.constantFrom(...Object.values(FILES)), word, word, (text, reason, owner) => {
        const after = addWaiver(text, { ...waiver('NEW1'), reason, owner });
        expect(readConfig(after, location).waivers.at(-1)).toMatchObject({ reason, owner });
      }),
    );
  });
});
