import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseYaml } from '../src/yaml.ts';
import { positionInScalar } from '../src/yaml-position.ts';

/** How a text can be written in YAML. */
const STYLES: Record<string, (words: string[]) => string> = {
  plain: (words) => `key: ${words.join(' ')}\n`,
  'plain over lines': (words) => `key: ${words.join('\n  ')}\n`,
  'single quotes': (words) => `key: '${words.join(' ').replaceAll("'", "''")}'\n`,
  'single quotes over lines': (words) => `key: '${words.join('\n  ').replaceAll("'", "''")}'\n`,
  'double quotes': (words) => `key: ${JSON.stringify(words.join(' '))}\n`,
  folded: (words) => `key: >-\n  ${words.join('\n  ')}\n`,
  'folded with empty lines': (words) => `key: >\n\n    ${words.join('\n\n    ')}\n`,
  literal: (words) => `before: 1\nkey: |\n   ${words.join('\n     ')}\n`,
};

/** Words as expressions have them, which no style reads as something else. */
const word = fc
  .tuple(fc.constantFrom('a', 'sysctl', 'x1'), fc.stringMatching(/^[a-z0-9_.()[\]"'<>=!&|]{0,12}$/))
  .map(([first, rest]) => first + rest);

it.each(Object.entries(STYLES))('every character of %s is found again', (_, write) => {
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 6 }), (words) => {
      const text = write(words);
      const yaml = parseYaml(text, 'a.yaml');
      const { key: value } = yaml.value as { key: string };
      const lines = text.split('\n');
      for (let at = 0; at < value.length; at++) {
        if (/\s/.test(value[at]!)) continue;
        const { line, column } = positionInScalar(text, yaml.at(['key']), value, at);
        const there = lines[line - 1]!.slice(column - 1);
        expect(
          there.replace(/^\\/, '').startsWith(value[at]!),
          `${at} of ${value} at ${line}:${column}`,
        ).toBe(true);
      }
    }),
  );
});

it('the end is behind the last character', () => {
  const yaml = parseYaml('key: a ==\n', 'a.yaml');
  expect(positionInScalar('key: a ==\n', yaml.at(['key']), 'a ==', 4)).toMatchObject({ line: 1, column: 10 });
});
