import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pythonLiteral } from '../../src/inventory/read/python-literal.ts';
import { shellWords } from '../../src/inventory/shell-words.ts';
import type { Json } from '../../src/model.ts';
import { describeWhere } from '../needs.ts';
import { pythonOfAnsible } from './ansible.ts';

/** Pieces of which values are made, so that random rows of them are often nearly right. */
const LITERAL_PIECES = [
  ...[
    '1',
    '0',
    '010',
    '1_0',
    '0x1F',
    '0o7',
    '0b1',
    '1.5',
    '.5',
    '5.',
    '1e3',
    '1E-2',
    '01.5',
    '-',
    '+',
    ' ',
    '\t',
  ],
  ...[
    'True',
    'False',
    'None',
    'true',
    'x',
    '[',
    ']',
    '(',
    ')',
    '{',
    '}',
    ',',
    ':',
    '#',
    "'",
    '"',
    "'a'",
    '"b c"',
  ],
  ...[
    'b"x"',
    "r'\\n'",
    "u'x'",
    "'\\x41\\101\\q'",
    '"\\u00e9\\""',
    "'''t'''",
    '...',
    '\\',
    'é',
    '.',
    '=',
    '{{',
    '}}',
  ],
  ...[
    "'\\u12'",
    "'\\x4'",
    "'\\400'",
    "rb'x'",
    "b'é'",
    '1.2.3',
    '_',
    'j',
    '/',
    '[1, 2]',
    '{"a": 1}',
    '{1, 2}',
    '0_7',
  ],
];
const WORD_PIECES = ['a', 'bc', ' ', '\t', "'", '"', '\\', '#', '=', 'é', "' '", '""', '\\"', '[1:2]', "\\'"];

const rows = (pieces: string[], most: number, count: number): string[] =>
  fc.sample(
    fc.array(fc.constantFrom(...pieces), { maxLength: most }).map((row) => row.join('')),
    { numRuns: count, seed: 7 },
  );

const literals = [
  ...LITERAL_PIECES,
  ...rows(LITERAL_PIECES, 3, 3000),
  ...rows(LITERAL_PIECES, 9, 3000),
  ...[
    '[1, 2,]',
    '[,]',
    '(1)',
    '(1,)',
    '()',
    '(())',
    '1,',
    '1,2',
    '{}',
    '{1:2,3}',
    '{1:2,}',
    '{True: 1, None: 2}',
  ],
  ...[
    "'a' 'b'",
    "'a' b'c'",
    '--5',
    '-True',
    '[[[[[[1]]]]]]',
    '5 # five',
    "'a' # b",
    '00',
    '0_0',
    '1__0',
    '1_',
  ],
];

/** What JSON lacks stays text here, and what Ansible stumbles over. */
const ASK = `
import ast, json, shlex, sys, warnings
warnings.simplefilter("ignore")
class Lacking(Exception): pass
def plain(v):
    if isinstance(v, bytes): return v.decode()
    if isinstance(v, (list, tuple)): return [plain(i) for i in v]
    if isinstance(v, (set, frozenset)): return {"set": sorted(json.dumps(plain(i)) for i in v)}
    if isinstance(v, dict): return {str(json.loads(json.dumps(k)) if not isinstance(k, bytes) else k.decode()): plain(i) for k, i in v.items()}
    if v is Ellipsis or isinstance(v, complex): raise Lacking
    if isinstance(v, int) and abs(v) >= 2**53 or v in (float('inf'), -float('inf')): raise Lacking
    return v
def literal(text):
    try: return {"value": plain(ast.literal_eval(text))}
    except Exception: return {"text": True}
def words(line):
    try: return shlex.split(line, comments=True)
    except ValueError: return None
asked = json.load(sys.stdin)
json.dump({"literals": [literal(t) for t in asked["literals"]], "lines": [words(l) for l in asked["lines"]]}, sys.stdout)
`;

interface Answers {
  literals: ({ value: Json } | { text: true })[];
  lines: (string[] | null)[];
}

describeWhere({ programs: ['ansible-inventory'] }, 'as Python reads them', () => {
  const lines = rows(WORD_PIECES, 8, 5000).map((line) => line.trim());
  const answers = pythonOfAnsible(['-c', ASK], { literals, lines }, '/nonexistent') as Answers;

  it('values', () => {
    const odd = literals.flatMap((text, index) => {
      const answer = answers.literals[index]!;
      const theirs = 'value' in answer ? answer.value : text;
      // sets have no order, and keys that are not text are written in several ways
      if (JSON.stringify(theirs).includes('"set"') || /[{,]\s*[^'"\s}]+\s*:/.test(text)) return [];
      const ours = pythonLiteral(text);
      return JSON.stringify(ours) === JSON.stringify(theirs) ? [] : [{ text, ours, theirs }];
    });
    expect(odd).toEqual([]);
    expect(answers.literals.filter((answer) => 'value' in answer).length).toBeGreaterThan(500);
  });

  it('words', () => {
    const ours = lines.map((line) => {
      const { words, broken } = shellWords(line);
      return broken ? null : words.map(({ text }) => text);
    });
    expect(ours).toEqual(answers.lines);
    expect(answers.lines.filter((words) => words !== null && words.length > 1).length).toBeGreaterThan(300);
  });
});

describe('values', () => {
  it.each<[string, Json]>([
    ['{1, 2}', [1, 2]],
    ["{1: 'a', 'b': None}", { 1: 'a', b: null }],
    ['1j', '1j'],
    ['1e400', '1e400'],
    ['9007199254740993', '9007199254740993'],
    ["{{ 'x' }}", "{{ 'x' }}"],
    [`${'['.repeat(5000)}`, '['.repeat(5000)],
    [`${'{'.repeat(60)}${'}'.repeat(60)}`, `${'{'.repeat(60)}${'}'.repeat(60)}`],
  ])('%s', (text, value) => {
    expect(pythonLiteral(text)).toEqual(value);
  });
});

it('knows where each character of a word stands', () => {
  const line = `a\\ b="c'd" # e`;
  const [word] = shellWords(line).words;
  expect(word!.text).toBe("a b=c'd");
  expect(word!.offsets.map((offset) => line[offset]).join('')).toBe(word!.text);
});
