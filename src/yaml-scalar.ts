/** The meaning of a YAML scalar's text. */
import {
  boolCoreTag,
  boolYaml11Tag,
  floatCoreTag,
  floatYaml11Tag,
  intCoreTag,
  intYaml11Tag,
  NOT_RESOLVED,
  nullCoreTag,
  nullYaml11Tag,
} from 'js-yaml';
import type { Json } from './model.ts';

/**
 * - core:    YAML 1.2: `yes` is a string, `010` is ten.
 * - ansible: YAML 1.1 as PyYAML reads it: `yes` is true, `010` is eight. `!unsafe` is text, `!vault` is withheld.
 */
export type Dialect = 'core' | 'ansible';

/** The text that stands in the place of a secret. */
export const WITHHELD = '(withheld)';

const TAGS = {
  core: { '!!null': nullCoreTag, '!!bool': boolCoreTag, '!!int': intCoreTag, '!!float': floatCoreTag },
  ansible: {
    '!!null': nullYaml11Tag,
    '!!bool': boolYaml11Tag,
    '!!int': intYaml11Tag,
    '!!float': floatYaml11Tag,
  },
};

/** The value of a scalar without quotes and tag. */
export function plainScalar(text: string, dialect: Dialect): Json {
  for (const name of ['!!null', '!!bool', '!!int', '!!float'] as const) {
    const value = resolved(name, text, dialect, false);
    if (value !== undefined) return value;
  }
  return text;
}

/** The value of a scalar with a tag; undefined where the tag is unknown or does not fit the text. */
export function taggedScalar(tag: string, text: string, dialect: Dialect): Json | undefined {
  if (tag === '!' || tag === '!!str') return text;
  if (dialect === 'ansible' && tag === '!unsafe') return text;
  if (dialect === 'ansible' && (tag === '!vault' || tag === '!vault-encrypted')) return WITHHELD;
  return tag in TAGS[dialect] ? resolved(tag as keyof typeof TAGS.core, text, dialect, true) : undefined;
}

function resolved(
  name: keyof typeof TAGS.core,
  text: string,
  dialect: Dialect,
  isTagged: boolean,
): Json | undefined {
  // PyYAML takes `y` and `n` for text, against YAML 1.1.
  if (name === '!!bool' && text.length === 1) return undefined;
  const { resolve, tagName } = TAGS[dialect][name];
  const value = resolve(text, isTagged, tagName);
  if (value === NOT_RESOLVED) return undefined;
  return typeof value === 'number' && !isExact(value) ? text : value;
}

/** Returns false for what JSON lacks (`.inf`) or JavaScript would round (integers above 2^53): those stay text. */
function isExact(value: number): boolean {
  return Number.isInteger(value) ? Number.isSafeInteger(value) : Number.isFinite(value);
}
