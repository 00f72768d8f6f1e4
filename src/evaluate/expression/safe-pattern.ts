/**
 * JavaScript matches by backtracking: `(a+)+$` on forty letters runs for minutes, and nothing can stop it. So a
 * pattern may repeat single characters only, and few of them.
 */
const MOST_REPEATS = 2;
const MOST_OPTIONS = 6;
const LONGEST = 200;

/** An escape, a class, the opening of a group, or any single character. */
const TOKEN = /\\[\s\S]|\[\^?\]?(?:\\[\s\S]|[^\]\\])*\]|\(\?[^)]|[\s\S]/g;

/** Returns the fault of a pattern, or null: it then takes time that its text bounds by a cube at most. */
export function patternComplaint(pattern: string): string | null {
  if (pattern.length > LONGEST) return `it is longer than ${LONGEST} characters`;
  if (!isValid(pattern)) return 'it is not a regular expression';
  const tokens =
    pattern.replace(/\{\d+(,\d*)?\}/g, (counted) => (counted.includes(',') ? '*' : '+')).match(TOKEN) ?? [];
  if (tokens.some((token) => /^\\[1-9k]$/.test(token))) return 'it refers back to a group';
  if (tokens.some((token) => token.startsWith('(?') && token !== '(?:'))
    return 'it looks ahead, behind, or names a group';
  const repeats = tokens.filter((token) => token === '*' || token === '+').length;
  const grouped = tokens.some((token, i) => token === ')' && ['*', '+'].includes(tokens[i + 1] ?? ''));
  if (grouped) return 'it repeats a group';
  if (repeats > MOST_REPEATS) return `it repeats more than ${MOST_REPEATS} parts`;
  if (tokens.filter((token) => token === '?').length > MOST_OPTIONS)
    return `more than ${MOST_OPTIONS} parts of it are optional`;
  return null;
}

function isValid(pattern: string): boolean {
  try {
    new RegExp(pattern);
    return true;
  } catch {
    return false;
  }
}
