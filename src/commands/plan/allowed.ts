/** Differences that people have accepted: a file that names them by their ids. */
import { throwIfAny, UserError } from '../../errors.ts';

/** Reads `4f1c0a9d2b3e  the old client moves on Monday`, a line for each; throws for lines that name none. */
export function readAllowed(text: string, file: string): Set<string> {
  const errors: UserError[] = [];
  const ids = text.split('\n').flatMap((row, i) => {
    const [id = ''] = row.replace(/#.*/, '').trim().split(/\s+/);
    if (id === '' || /^[\da-f]{12}([\da-f]{4})?$/.test(id)) return id === '' ? [] : id;
    const source = { file, line: i + 1, column: 1 };
    errors.push(
      new UserError(`${id}: no id of a difference`, {
        source,
        hint: 'plan prints one before each, of 12 hex digits; findings have a fingerprint of 16',
      }),
    );
    return [];
  });
  throwIfAny(errors);
  return new Set(ids);
}
