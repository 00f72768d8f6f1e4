import { inJson } from './log-commands.ts';

/**
 * JSON for people and programs: keys are sorted, so that two can be compared as text; and what a terminal would act upon
 * is written as JSON's escapes, which mean the same.
 */
export function jsonText(value: unknown): string {
  return escapedJson(JSON.stringify(value, sortedKeys, 2));
}

/** JSON that says the same, and that neither a terminal nor a runner of CI acts upon. */
export const escapedJson = (json: string): string => inJson(json.replace(UNPRINTABLE, escaped));

const UNPRINTABLE =
  /[\x7f-\x9f\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}]/gu;

function sortedKeys(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const entries: [string, unknown][] = Object.entries(value);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function escaped(character: string): string {
  const units = Array.from({ length: character.length }, (_, i) => character.charCodeAt(i));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
}
