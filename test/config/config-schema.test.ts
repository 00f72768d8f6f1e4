import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import audit from '../../src/commands/audit.ts';
import { CONNECTION_KEYS, TOP_KEYS } from '../../src/config/config-keys.ts';
import { readConfig } from '../../src/config/config-reader.ts';
import { configSchema } from '../../src/config/config-schema.ts';
import { UserErrors } from '../../src/errors.ts';
import type { Json } from '../../src/model.ts';
import { parseYaml } from '../../src/yaml.ts';

const ajv = new Ajv2020({ allowUnionTypes: true });
formats.default(ajv);
const validate = ajv.compile(configSchema());
const WAIVER = 'rule: TW001, hosts: a, reason: r, owner: o';

/** Values that keys are tried with, right and wrong. */
const VALUES = [
  'warning',
  'none',
  'text',
  '""',
  '"a\\nb"',
  '0',
  '-1',
  '7',
  '1.5',
  '10%',
  '10s',
  'true',
  '[]',
  '[a, b]',
  '[1]',
  '[""]',
  '{}',
  '~',
  'strict',
  'golden',
];
const LINES = [
  ...[...Object.keys(TOP_KEYS), 'profile', 'severities', 'waivers', 'connection', 'fail-on'].flatMap((key) =>
    VALUES.map((value) => `${key}: ${value}`),
  ),
  ...[...Object.keys(CONNECTION_KEYS), 'password'].flatMap((key) =>
    VALUES.map((value) => `connection: { ${key}: ${value} }`),
  ),
  ...['error', 'fatal', '1', '[]'].map((value) => `severities: { TW001: ${value} }`),
  ...['2027-01-31', '2027-02-30', '31.1.2027', '2027', '~'].map(
    (until) => `waivers: [{ ${WAIVER}, until: ${until} }]`,
  ),
  ...['undecided: true', 'undecided: 1', 'namespace: init', 'namespace: 7', 'path: ""', 'host: a'].map(
    (more) => `waivers: [{ ${WAIVER}, until: 2027-01-31, ${more} }]`,
  ),
  `waivers: [{ ${WAIVER} }]`,
  'waivers: [TW001]',
];

const isRead = (text: string): boolean => {
  try {
    readConfig(text, { file: 'twlint.yaml', path: '/w/twlint.yaml', cwd: '/w' });
    return true;
  } catch (error) {
    if (error instanceof UserErrors) return false;
    throw error;
  }
};

describe('the schema of a configuration', () => {
  it.each(LINES)('says of %j what its reader says', (line) => {
    expect(validate(parseYaml(line, 'twlint.yaml').value as Json)).toBe(isRead(line));
  });
});

describe('a key of a configuration', () => {
  const options: Record<string, { choices?: unknown }> = audit.options;
  it.each(Object.values({ ...TOP_KEYS, ...CONNECTION_KEYS }))(
    'is an option: $option',
    ({ option, value }) => {
      expect(Object.keys(options)).toContain(option);
      expect(value.kind === 'choice' ? value.choices : undefined).toEqual(options[option]?.choices);
    },
  );
});
