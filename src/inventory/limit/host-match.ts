/** Matches names against a pattern: `lb-1`, `lb-*`, `lb-[!3]`, `~lb-\d+`. */
import { UserError } from '../../errors.ts';
import { within } from '../../time-limit.ts';

/** JavaScript backtracks: `~(a+)+$` would run for ever on a long name. In milliseconds. */
const LONGEST = 500;

/** Returns the names that match. Throws a UserError where the pattern is broken, or takes too long. */
export function matching(pattern: string, names: readonly string[]): string[] {
  if (!/[~*?[]/.test(pattern)) return names.includes(pattern) ? [pattern] : [];
  const expression = pattern.startsWith('~') ? `^(?:${pattern.slice(1)})` : globExpression(pattern);
  try {
    const matcher = new RegExp(expression, 's');
    const found = within(LONGEST, () => names.filter((name) => matcher.test(name)));
    if (found !== null) return found.value;
  } catch (error) {
    if (error instanceof SyntaxError)
      throw new UserError(`${pattern} is no pattern: ${error.message}`, { cause: error });
    throw error;
  }
  throw new UserError(`${pattern} takes too long to match`, { hint: 'a repetition in a repetition?' });
}

/** Converts a glob as Python's fnmatch does: `*`, `?`, `[abc]`, `[!abc]`; a bracket that is not closed is a bracket. */
function globExpression(glob: string): string {
  const parts = glob.replace(
    /\*+|\?|\[(!?)(\][^\]]*|[^\]]+)\]|[\s\S]/g,
    (part, not?: string, set?: string) => {
      if (part.startsWith('*')) return '.*';
      if (part === '?') return '.';
      if (set !== undefined) return `[${not ? '^' : ''}${set.replace(/[\\\]^[]/g, '\\$&')}]`;
      return part.replace(/[\\^$.|+()[\]{}/-]/g, '\\$&');
    },
  );
  return `^(?:${parts})$`;
}
