import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { UserErrors } from '../../src/errors.ts';
import { loadRules } from '../../src/evaluate/rules/rules.ts';

const folder = join(import.meta.dirname, '../data/bad-rules');
const cases = readdirSync(folder).filter((name) => !name.endsWith('.errors.txt'));

/** What loading a rule says, one mistake or hint a line. */
function errorsOf(name: string): string {
  try {
    loadRules([name], { builtin: false, cwd: folder });
    return 'none\n';
  } catch (error) {
    if (!(error instanceof UserErrors)) throw error;
    return `${error.message}\n`;
  }
}

/** UPDATE=1 writes what came; read the difference before keeping it. */
it.each(cases)('%s', (name) => {
  const file = join(folder, `${name.replace(/\.yaml$/, '')}.errors.txt`);
  const errors = errorsOf(name);
  if (process.env.UPDATE === '1') writeFileSync(file, errors);
  expect(errors).not.toBe('none\n');
  expect(errors).toBe(existsSync(file) ? readFileSync(file, 'utf8') : '(no errors.txt)');
});
