/** Holds JSON that may come from anywhere against the shape that it should have. */
import type { Json } from '../model.ts';

/** The shape of a value: a test, a list of such, or an object with such fields (`?` where it may be missing). */
export type Shape =
  | { is: (value: Json) => boolean; what: string }
  | readonly [Shape]
  | { fields: Record<string, Shape> };

export const isObject = (value: Json | undefined): value is Record<string, Json> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const TEXT: Shape = { is: (value) => typeof value === 'string', what: 'text' };
/** The shape of the number of a line, a column or a part. */
export const ORDINAL: Shape = {
  is: (value) => Number.isSafeInteger(value) && Number(value) > 0,
  what: 'a number above 0',
};
export const INDEX: Shape = {
  is: (value) => Number.isSafeInteger(value) && Number(value) >= 0,
  what: 'a number from 0',
};
/** Tells whether a value is a time. Date.parse takes any words in brackets for a comment. */
const isTime = (value: Json) =>
  typeof value === 'string' && /^[\dTZ:.+-]+$/.test(value) && !Number.isNaN(Date.parse(value));
export const TIME: Shape = { is: isTime, what: 'a time' };
export const TIME_OR_NULL: Shape = { is: (value) => value === null || isTime(value), what: 'a time or null' };
export const oneOf = (...choices: Json[]): Shape => ({
  is: (value) => choices.includes(value),
  what: choices.join(' or '),
});

/** Returns the first fault, as `it.hosts[0].reached.ok should be true or false`; null where there is none. */
export function whatIsWrong(shape: Shape, value: Json | undefined, path: string): string | null {
  if ('is' in shape) return value !== undefined && shape.is(value) ? null : `${path} should be ${shape.what}`;
  if (!('fields' in shape)) {
    if (!Array.isArray(value)) return `${path} should be a list`;
    return first(value.map((item, i) => () => whatIsWrong(shape[0], item, `${path}[${i}]`)));
  }
  if (!isObject(value)) return `${path} should be an object`;
  return first(
    Object.entries(shape.fields).map(([field, inner]) => () => {
      const key = field.replace('?', '');
      const isLeftOut = key !== field && value[key] === undefined;
      return isLeftOut ? null : whatIsWrong(inner, value[key], `${path}.${key}`);
    }),
  );
}

function first(checks: readonly (() => string | null)[]): string | null {
  for (const check of checks) {
    const wrong = check();
    if (wrong !== null) return wrong;
  }
  return null;
}
