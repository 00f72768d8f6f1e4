import fc from 'fast-check';
import { dump } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import { UserErrors } from '../src/errors.ts';
import type { Json } from '../src/model.ts';
import { parseYaml } from '../src/yaml.ts';
import type { Dialect } from '../src/yaml-scalar.ts';

const value = (text: string, dialect?: Dialect): Json => parseYaml(text, 'f.yaml', dialect).value;

function complaint(text: string): string {
  try {
    parseYaml(text, 'f.yaml');
  } catch (error) {
    if (error instanceof UserErrors) return error.message;
    throw error;
  }
  return 'no complaint';
}

describe('values', () => {
  const scalars: [string, Json, Json][] = [
    // text, core (YAML 1.2), ansible (PyYAML 6.0)
    ['yes', 'yes', true],
    ['Off', 'Off', false],
    ['true', true, true],
    ['y', 'y', 'y'],
    ['N', 'N', 'N'],
    ['~', null, null],
    ['', null, null],
    ['"yes"', 'yes', 'yes'],
    ["'1'", '1', '1'],
    ['010', 10, 8],
    ['0o10', 8, '0o10'],
    ['0x1f', 31, 31],
    ['1_000', '1_000', 1000],
    ['12:30:45', '12:30:45', 45045],
    ['1.5', 1.5, 1.5],
    ['1e3', 1000, '1e3'],
    ['.inf', '.inf', '.inf'],
    ['2024-01-02', '2024-01-02', '2024-01-02'],
    ['9007199254740993', '9007199254740993', '9007199254740993'],
    ['!!str 5', '5', '5'],
    ['! 5', '5', '5'],
    ['!!int "5"', 5, 5],
    ['!!bool "true"', true, true],
  ];
  it.each(scalars)('%s', (text, core, ansible) => {
    expect(value(`k: ${text}\n`)).toEqual({ k: core });
    expect(value(`k: ${text}\n`, 'ansible')).toEqual({ k: ansible });
  });

  it('keeps keys as they are written', () => {
    const text = '1.10: a\nyes: b\n~: c\n__proto__: d\nconstructor: e\n';
    const keys = Object.keys(value(text) as object);
    expect(keys).toEqual(['1.10', 'yes', '~', '__proto__', 'constructor']);
  });

  it('withholds !vault and keeps !unsafe, in the ansible dialect', () => {
    const text = 'a: !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  3132\nb: !unsafe "{{ x }}"\n';
    expect(value(text, 'ansible')).toEqual({ a: '(withheld)', b: '{{ x }}' });
    expect(complaint(text)).toContain('f.yaml:1:4: !vault is not understood here');
  });

  it('writes aliases out', () => {
    expect(value('a: &x {k: [1]}\nb: *x\nc: [*x]\n')).toEqual({
      a: { k: [1] },
      b: { k: [1] },
      c: [{ k: [1] }],
    });
  });

  it('merges: own keys win wherever they stand, earlier sources beat later ones', () => {
    const text = 'a: &a {k: a, x: a, y: a}\nb: &b {k: b, x: b, z: b}\nc:\n  k: own\n  <<: [*b, *a]\n';
    expect(value(text)).toMatchObject({ c: { k: 'own', x: 'b', y: 'a', z: 'b' } });
    expect(value('a: {"<<": 1}\n')).toEqual({ a: { '<<': 1 } });
  });

  it('gives back whatever was dumped', () => {
    const roundTrip = (data: Json): void => {
      const text = dump(data, { noRefs: true });
      expect(JSON.stringify(value(text))).toBe(JSON.stringify(data));
    };
    fc.assert(fc.property(fc.jsonValue({ maxDepth: 4 }).filter(isExact), (data) => roundTrip(data as Json)));
  });
});

describe('places', () => {
  const text = [
    'all: &all', // 1
    '  hosts:', // 2
    '    lb-1: {port: 22, user: }', // 3
    "    'lb-2':", // 4
    '      port: "x"', // 5
    '      run: |', // 6
    '        first', // 7
    '  list:', // 8
    '    - a', // 9
    '    -', // 10
    'again: *all', // 11
    'merged:', // 12
    '  <<: *all', // 13
    '  list: []', // 14
    '',
  ].join('\n');
  const yaml = parseYaml(text, 'dir/f.yaml');
  const places: [(string | number)[], 'key' | 'value', string][] = [
    [[], 'value', '1:1'],
    [['all'], 'key', '1:1'],
    [['all'], 'value', '2:3'],
    [['all', 'hosts', 'lb-1'], 'key', '3:5'],
    [['all', 'hosts', 'lb-1'], 'value', '3:11'],
    [['all', 'hosts', 'lb-1', 'port'], 'value', '3:18'],
    [['all', 'hosts', 'lb-1', 'user'], 'value', '3:22'],
    [['all', 'hosts', 'lb-2'], 'key', '4:6'],
    [['all', 'hosts', 'lb-2', 'port'], 'value', '5:14'],
    [['all', 'hosts', 'lb-2', 'run'], 'value', '7:9'],
    [['all', 'list', 0], 'value', '9:7'],
    [['all', 'list', 1], 'value', '9:5'],
    [['again'], 'value', '11:8'],
    [['again', 'hosts', 'lb-1'], 'key', '3:5'],
    [['merged', 'hosts'], 'key', '2:3'],
    [['merged', 'list'], 'key', '14:3'],
    // nearest ancestor
    [['nope'], 'value', '1:1'],
    [['all', 'hosts', 'lb-1', 'nope', 'deeper'], 'value', '3:11'],
    [['all', 'list', 7], 'key', '8:3'],
  ];
  it.each(places)('%j %s is at %s', (path, part, place) => {
    const { file, line, column } = yaml.at(path, part);
    expect([file, `${line}:${column}`]).toEqual(['dir/f.yaml', place]);
  });

  it.each(['\n', '\r\n', '\r'])('counts lines that end with %j', (end) => {
    expect(parseYaml(`a: 1${end}${end}b: 2${end}`, 'f').at(['b'])).toMatchObject({ line: 3, column: 4 });
  });

  it('points at every scalar of any document', () => {
    const isAtItsText = (words: string[]): void => {
      const text = dump({ words: words.map((word) => ({ [word]: word })) }, { quoteStyle: 'double' });
      const parsed = parseYaml(text, 'f');
      const lines = text.split('\n');
      words.forEach((word, index) => {
        const { line, column } = parsed.at(['words', index, word]);
        expect(lines[line - 1]!.slice(column - 1).startsWith(word)).toBe(true);
      });
    };
    fc.assert(fc.property(fc.array(fc.stringMatching(/^[a-z0-9:# .]{1,12}$/)), isAtItsText));
  });
});

describe('complaints', () => {
  const complaints: [string, string[]][] = [
    ['', ['1:1: the file is empty']],
    ['# only a comment\n', ['1:1: the file is empty']],
    ['---\n', ['1:1: the file is empty']],
    [
      'a: 1\nb: {c: 1, c: 2}\na: 2\n',
      ['2:11: "c" is here twice', 'first in line 2', '3:1: "a" is here twice'],
    ],
    ['a: *no\nb: !odd 1\nc: &c [*c]\n', ['1:4: no &no above', '2:4: !odd', '3:8: *c stands inside']],
    ['a: 1\n---\nb: 2\n', ['3:1: a second document']],
    ['a: 1\n---\n', ['3:1: a second document']],
    ['a: [1,\n', ['not valid YAML']],
    ['a:\n\t- b\n', ['2:1: not valid YAML', 'never with tabs']],
    ['host: {{ x }}\n', ['1:8: a key must be a word', 'quotes']],
    ['a: &a 1\nb:\n  <<: *a\n', ['3:3: `<<` takes a mapping']],
    ['a: !!int x\n', ['1:4: !!int']],
    ['a: !!map [1]\n', ['1:4: !!map']],
  ];
  it.each(complaints)('%j', (text, parts) => {
    for (const part of parts) expect(complaint(text)).toContain(part);
    expect(complaint(text)).toContain('f.yaml:');
  });

  it('refuses a few lines that stand for billions of values', () => {
    const levels = Array.from(
      { length: 12 },
      (_, i) => `l${i + 1}: &l${i + 1} [${Array(10).fill(`*l${i}`)}]`,
    );
    expect(complaint(`l0: &l0 x\n${levels.join('\n')}\n`)).toContain('aliases stand for more than');
  });

  it('never throws anything else', () => {
    const piece = fc.constantFrom(...'ab:-?&*!|>\'"%@`{}[],# \n\t<~1.'.split(''));
    fc.assert(
      fc.property(fc.string({ unit: piece, maxLength: 40 }), (text) => void complaint(text)),
      { numRuns: 2000 },
    );
  });
});

it('reads ten thousand hosts in a second of computing', () => {
  const host = (i: number): string =>
    `    host-${i}: {ansible_host: 10.0.0.1, ansible_port: ${i}, role: x}\n`;
  const text = `all:\n  hosts:\n${Array.from({ length: 10_000 }, (_, i) => host(i)).join('')}`;
  const start = process.cpuUsage();
  const yaml = parseYaml(text, 'f.yaml');
  const lines = Array.from({ length: 10_000 }, (_, i) => yaml.at(['all', 'hosts', `host-${i}`], 'key').line);
  const { user, system } = process.cpuUsage(start);
  expect((user + system) / 1e6).toBeLessThan(1);
  expect([lines[0], lines[9_999]]).toEqual([3, 10_002]);
});

function isExact(data: unknown): boolean {
  return !/\d{15}|e[+-]?\d/.test(JSON.stringify(data));
}
