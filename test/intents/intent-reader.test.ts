/** Mistakes in files of intents, each with what is said of it; and the schema beside the reader. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it, vi } from 'vitest';
import { UserErrors } from '../../src/errors.ts';
import { readIntents } from '../../src/intents/intent-reader.ts';
import { intentSchema } from '../../src/intents/intent-schema.ts';
import { runIntentTests } from '../../src/intents/intent-tests.ts';
import { loadIntents } from '../../src/intents/load-intents.ts';
import { parseYaml } from '../../src/yaml.ts';
import { temporaryFolder } from '../temporary.ts';
import { fleetOf, NO_EVIDENCE } from './fleet.ts';

const validate = new Ajv2020({ allErrors: true, strictTypes: false }).compile(intentSchema());

function mistakesIn(read: () => unknown): string[] {
  try {
    read();
    return [];
  } catch (error) {
    if (error instanceof UserErrors) return error.errors.map((one) => one.describe());
    throw error;
  }
}

const intent = (from: string, to: string, expected: string, more = '') => `intents:
  - name: the web reaches the database
    from: ${from}
    to: ${to}
    expect: ${expected}
${more}`;

const GOOD = [
  intent('any', '10.0.0.5', '{ delivered: false }'),
  intent(
    '[group:web, lb-1/pod, "lb-2/*"]',
    '10.0.0.5:53/udp',
    '{ source: kept }',
    '    why: it must\n    severity: note\n',
  ),
  intent(
    'not group:web',
    "'[2001:db8::5]:443/tcp'",
    '{ delivered: true, source: 10.0.0.0/30, clocks: 2, via: [lb-1, group:x] }',
  ),
  intent('[10.0.0.0/8, not 10.1.0.0/16]', '10.0.0.5/icmp', '{ delivered: true, via: lb-1 }'),
  intent('10.0.0.7', "'2001:db8::5/icmpv6'", '{ source: translated }'),
  intent('any', '10.0.0.5', '{ clocks: 1 }', '    tests: [{ name: x, evidence: y-1, expect: unknown }]\n'),
  // hosts that are called by their address
  intent('10.0.0.7/init', '10.0.0.5', '{ delivered: true, via: 10.0.0.1 }'),
];

it.each(GOOD)('takes %s', (text) => {
  expect(mistakesIn(() => readIntents(text, 'intents.yaml', NO_EVIDENCE))).toEqual([]);
  expect(validate(parseYaml(text, 'intents.yaml').value) || validate.errors).toBe(true);
});

/** Text, what is said, and whether a schema can't see it: what is in a word. */
const BAD: [text: string, says: string[], beyondSchema?: boolean][] = [
  ['intents: []', ['1:10: intents should be a list, and not empty']],
  [
    'intentions: []',
    [
      '1:1: unknown key "intentions"\n  hint: did you mean "intents"?',
      '1:1: a file of intents lacks intents',
    ],
  ],
  [
    intent('any', '10.0.0.5', '{ deliverd: true }'),
    ['5:15: unknown key "deliverd"\n  hint: did you mean "delivered"?'],
  ],
  [
    intent('any', '10.0.0.5', '{}'),
    ['5:5: expect says nothing\n  hint: known: delivered, source, clocks, via'],
  ],
  [intent('any', '10.0.0.5', '{ delivered: maybe }'), ['5:26: delivered should be true or false']],
  [intent('any', '10.0.0.5', '{ clocks: 0 }'), ['5:23: clocks should be a whole number above 0']],
  [
    intent('any', '10.0.0.5', '{ source: keep }'),
    ['5:23: "keep" is no source\n  hint: did you mean "kept"?'],
    true,
  ],
  [intent('any', '10.0.0.5', '{ source: [kept] }'), ['5:23: source should be text']],
  [
    intent('any', '10.0.0.5', '{ delivered: false, source: kept }'),
    ['5:41: source means nothing beside delivered: false'],
  ],
  [
    intent('grp:web', '10.0.0.5', '{ clocks: 1 }'),
    ['3:11: "grp:web" is no sender\n  hint: did you mean "group:web"?'],
    true,
  ],
  [intent('10.0.0.0/40', '10.0.0.5', '{ clocks: 1 }'), ['3:11: "10.0.0.0/40" is no sender'], true],
  [intent('[web, a b]', '10.0.0.5', '{ clocks: 1 }'), ['3:17: "a b" is no sender'], true],
  [intent('[]', '10.0.0.5', '{ clocks: 1 }'), ['3:11: from should be a list of texts, and not empty']],
  [
    intent('any', 'db-1:5432', '{ clocks: 1 }'),
    ['4:9: "db-1:5432" is no destination\n  hint: write ADDRESS'],
    true,
  ],
  [
    intent('any', '10.0.0.0/8', '{ clocks: 1 }'),
    ['4:9: "10.0.0.0/8" is no destination\n  hint: name one address'],
    true,
  ],
  [intent('any', '10.0.0.5:80/http', '{ clocks: 1 }'), ['4:9: "http" is no protocol'], true],
  [intent('any', '10.0.0.5:99999', '{ clocks: 1 }'), ['4:9: port 99999 is none'], true],
  [
    intent('any', '10.0.0.5:80/icmp', '{ clocks: 1 }'),
    ['4:9: icmp has no ports\n  hint: leave out :80'],
    true,
  ],
  [intent('any', '127.0.0.1:80', '{ clocks: 1 }'), ['4:9: nobody else can send to 127.0.0.1'], true],
  [intent('any', '10.0.0.5', '{ via: 10.0.0.7/24 }'), ['5:20: "10.0.0.7/24" is no host'], true],
  [
    intent('any', '10.0.0.5', '{ clocks: 1 }', '    severity: fatal\n'),
    ['6:15: severity should be error, warning or note'],
  ],
  [
    intent('any', '10.0.0.5', '{ clocks: 1 }', '    tests: [{ name: x, evidence: ../y, expect: pass }]\n'),
    ['6:34: evidence should be the name of a folder', '6:48: expect should be held, violated or unknown'],
  ],
  [intent('any', '10.0.0.5', '{ clocks: 1 }', '    tests: 1\n'), ['6:12: tests should be a list']],
  [
    intent('any', 'nowhere', '{ clocks: x }', '    sevrity: note\n'),
    ['6:5: unknown key "sevrity"', '4:9: "nowhere" is no destination', '5:23: clocks should'],
  ],
];

it.each(BAD)('%s', (text, says, beyondSchema = false) => {
  const mistakes = mistakesIn(() => readIntents(text, 'intents.yaml', NO_EVIDENCE));
  expect(mistakes).toHaveLength(says.length);
  for (const [i, part] of says.entries()) expect(mistakes[i]).toContain(`intents.yaml:${part}`);
  expect(validate(parseYaml(text, 'intents.yaml').value)).toBe(beyondSchema);
});

describe('files', () => {
  it('are those of a folder, and all their mistakes are told', () => {
    const folder = temporaryFolder('intents');
    mkdirSync(join(folder, 'all/deep'), { recursive: true });
    writeFileSync(join(folder, 'all/a.yaml'), GOOD[0]!);
    writeFileSync(join(folder, 'all/deep/b.yml'), GOOD[0]!.replace('the web reaches', 'The web  reaches!'));
    writeFileSync(join(folder, 'all/.hidden.yaml'), 'no');
    expect(mistakesIn(() => loadIntents(['all'], folder))).toEqual([
      'all/deep/b.yml:2:11: "The web  reaches! the database" has the id intent/the-web-reaches-the-database, which another intent has\n  hint: the other is "the web reaches the database" in all/a.yaml:2: rename one',
    ]);
    writeFileSync(join(folder, 'all/deep/b.yml'), 'intents: 1');
    mkdirSync(join(folder, 'empty'));
    expect(mistakesIn(() => loadIntents(['all', 'empty', 'none.yaml'], folder))).toEqual([
      expect.stringContaining('all/deep/b.yml:1:10: intents should be a list'),
      expect.stringContaining('empty: there is no file of intents (*.yaml) in it'),
      expect.stringContaining('none.yaml: '),
    ]);
  });

  it('have evidence beside them, to which no link leads from elsewhere', () => {
    const folder = temporaryFolder('intents');
    const tests = '    tests: [{ name: x, evidence: y, expect: held }]\n';
    mkdirSync(join(folder, 'all/a'), { recursive: true });
    mkdirSync(join(folder, 'elsewhere'));
    writeFileSync(join(folder, 'all/a.yaml'), intent('any', '10.0.0.5', '{ clocks: 1 }', tests));
    symlinkSync(join(folder, 'elsewhere'), join(folder, 'all/a/y'));
    const read = vi.fn(() => fleetOf([]));
    const [found] = loadIntents(['all'], folder);
    expect(() => runIntentTests(found!, read)).toThrow(/all\/a\/y: a link to/);
    expect(read).not.toHaveBeenCalled();
  });
});
