import { describe, expect, it } from 'vitest';
import { planFor } from '../../src/collect/plan.ts';
import { collectors } from '../../src/collectors/index.ts';
import { scriptToRead } from '../../src/commands/lib/collecting.ts';
import { scriptToInstall } from '../../src/commands/lib/installing.ts';
import { schemaText } from '../../src/commands/lib/schemas.ts';
import { escapedJson } from '../../src/formats/json-text.ts';
import { withoutLogCommands } from '../../src/formats/log-commands.ts';
import { actedOn, LOG_COMMANDS } from './log-commands.ts';

const AROUND: Record<string, (sample: string) => string> = {
  alone: (sample) => sample,
  'on a later line': (sample) => `twlint\n${sample}\n`,
  'behind a carriage return': (sample) => `5/7 hosts\r${sample}`,
  'behind blanks': (sample) => `    \u00a0${sample}`,
  'in colour': (sample) => `\u001b[1m${sample}\u001b[0m`,
  'in colour, behind blanks': (sample) => `  \u001b[1m  ${sample}`,
  'within a line': (sample) => `web1: ${sample}, and more`,
  twice: (sample) => `${sample}${sample}`,
  'behind its own beginning': (sample) => sample.slice(0, 2) + sample,
  'in capitals': (sample) => sample.toUpperCase(),
};

describe.each(LOG_COMMANDS)('$runner', ({ sample, acts }) => {
  it('acts on it', () => {
    expect(sample.split(/[\r\n]/).some(acts)).toBe(true);
  });

  it.each(Object.entries(AROUND))('does not, as we print it: %s', (_, around) => {
    const text = around(sample);
    const printed = withoutLogCommands(text);
    expect(actedOn(printed)).toEqual([]);
    expect(printed.replaceAll(' ', '')).toBe(text.replaceAll(' ', ''));
    expect(withoutLogCommands(printed)).toBe(printed);
  });

  it('nor in JSON, which says the same', () => {
    const value = { [sample]: [sample, { text: `${sample}\n${sample}` }] };
    const json = escapedJson(JSON.stringify(value, null, 2));
    expect(actedOn(json)).toEqual([]);
    expect(withoutLogCommands(json)).toBe(json);
    expect(JSON.parse(json)).toEqual(value);
  });
});

const ORDINARY = [
  '---\n- name: x\n',
  '::1 web1',
  '  ::/0 via fe80::1 dev eth0',
  '::ffff:10.0.0.7 -> ::1',
  '# a comment\n## Why\n### and more',
  'std::vector::size',
  'section_start of the docs, travis',
  '-A POSTROUTING -j MASQUERADE',
  '  | iptables-save:31  -A POSTROUTING -o eth0',
  '+++',
];

it.each(ORDINARY)('leaves alone what nobody acts on: %j', (text) => {
  expect(withoutLogCommands(text)).toBe(text);
});

it('leaves our own scripts and schemas as they are', () => {
  const plan = planFor(collectors.keys(), collectors, 'all');
  for (const text of [
    scriptToRead(plan),
    scriptToInstall('/usr/local/sbin/twlint-collect'),
    schemaText('rule'),
  ])
    expect(withoutLogCommands(text)).toBe(text);
});
