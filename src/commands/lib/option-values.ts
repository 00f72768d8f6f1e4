/** Reads the values of options that are more than a word. */
import { UserError } from '../../errors.ts';
import { wordTable } from '../../word-table.ts';

const UNITS = wordTable<number>({ ms: 1, s: 1000, '': 1000, m: 60_000, min: 60_000, h: 3_600_000 });

/** Converts `10s`, `500ms`, `2m`, or seconds to milliseconds. */
export function duration(option: string, text: string): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/.exec(text) ?? [];
  const factor = UNITS[unit ?? '?'];
  const milliseconds = factor === undefined ? 0 : Number(number) * factor;
  // the longest that a timer can wait
  if (milliseconds <= 0 || milliseconds > 2 ** 31 - 1)
    throw new UserError(`--${option} ${text}: not a length of time`, {
      hint: 'write it as 10s, 500ms or 2m',
    });
  return milliseconds;
}

/** Reads a whole number, no less than `least`. */
export function wholeNumber(option: string, value: number, least: number): number {
  if (Number.isInteger(value) && value >= least) return value;
  throw new UserError(`--${option}: not a whole number${least > 0 ? ` above ${least - 1}` : ''}`);
}

/** `5` or `10%` of that many. */
export function share(option: string, text: string, total: number): number {
  const [, number, percent] = /^(\d+)(%?)$/.exec(text) ?? [];
  if (number === undefined || (percent === '%' && Number(number) > 100))
    throw new UserError(`--${option} ${text}: neither a number nor a share`, {
      hint: 'write it as 5 or 10%',
    });
  return percent === '%' ? Math.floor((total * Number(number)) / 100) : Number(number);
}
