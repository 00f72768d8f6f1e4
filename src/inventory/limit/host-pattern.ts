/** Host patterns of Ansible: `web[01:20].example.com`, `db-[a:f]`, `rack[1:9:2]-[1:4]`, `lb-1:2222`, `[fe80::1]:22`. */

import { UserError } from '../../errors.ts';

export interface HostPattern {
  names: string[];
  port: number | null;
}

/** More hosts than any fleet has: more likely a typing mistake. */
const MOST_HOSTS = 100_000;
const LONGEST = 1000;
const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';

/** Expands a host pattern. Throws a UserError that explains what is wrong with it. */
export function expandHostPattern(pattern: string): HostPattern {
  if (pattern.length > LONGEST) throw new UserError(`longer than ${LONGEST} characters`);
  const withPort = /^\[(.+)\]:(\d+)$/.exec(pattern) ?? /^((?:[^:[\]]|\[[^\]]*\])*):(\d+)$/.exec(pattern);
  const [, hosts = pattern, port = null] = withPort ?? [];
  return { names: expandRanges(hosts), port: port === null ? null : Number(port) };
}

function expandRanges(pattern: string): string[] {
  const parts = /^([^[]*)\[([^\]]*)\](.*)$/.exec(pattern);
  if (parts === null) return [pattern];
  const [, head = '', range = '', tail = ''] = parts;
  const [items, tails] = [rangeItems(range), expandRanges(tail)];
  if (items.length * tails.length > MOST_HOSTS) throw tooMany(items.length * tails.length);
  return items.flatMap((item) => tails.map((end) => `${head}${item}${end}`));
}

function rangeItems(range: string): string[] {
  const bounds = range.split(':');
  if (bounds.length < 2 || bounds.length > 3)
    throw new UserError(`[${range}] is no range: write [first:last]`);
  const [first = '', last = '', step = '1'] = bounds;
  if (!/^[1-9]\d*$/.test(step)) throw new UserError(`[${range}]: the step must be 1 or more`);
  if (/^[a-z]$/i.test(first) && /^[a-z]$/i.test(last)) return letters(range, first, last, Number(step));
  return numbers(range, first === '' ? '0' : first, last, Number(step));
}

function letters(range: string, first: string, last: string, step: number): string[] {
  const [from, to] = [LETTERS.indexOf(first), LETTERS.indexOf(last)];
  return count(range, from, to, step).map((index) => LETTERS.charAt(index));
}

/** A first number with leading zeros sets the width: [01:10] is 01, 02, ... 10. */
function numbers(range: string, first: string, last: string, step: number): string[] {
  if (!/^\d+$/.test(first) || !/^\d+$/.test(last)) {
    throw new UserError(`[${range}]: first and last must be two numbers or two letters`);
  }
  const width = first.length > 1 && first.startsWith('0') ? first.length : 0;
  if (width > 0 && last.length !== width)
    throw new UserError(`[${range}]: first and last must be equally long`);
  return count(range, Number(first), Number(last), step).map((number) => String(number).padStart(width, '0'));
}

function count(range: string, from: number, to: number, step: number): number[] {
  if (from > to) throw new UserError(`[${range}]: the first comes after the last`);
  const length = Math.floor((to - from) / step) + 1;
  if (length > MOST_HOSTS) throw tooMany(length);
  return Array.from({ length }, (_, index) => from + index * step);
}

function tooMany(hosts: number): UserError {
  return new UserError(`it stands for ${hosts} hosts; ${MOST_HOSTS} is the most that is taken`);
}
