import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../data/inventory');

/**
 * One folder: inventories, and either expected.json or errors.txt. `args.txt` has what `-i` names, one a line;
 * without it, the files of the folder. `limits.txt` has patterns and the hosts that they leave.
 */
export interface InventoryCase {
  name: string;
  folder: string;
  args: string[];
  expected: string | null;
  errors: string | null;
  limits: Limit[];
}

interface Limit {
  pattern: string;
  /** null: it names nothing. */
  hosts: string[] | null;
}

const EXPECTATIONS = ['args.txt', 'expected.json', 'errors.txt', 'limits.txt', 'shown'];

export const inventoryCases: InventoryCase[] = readdirSync(ROOT)
  .sort()
  .map((name) => {
    const folder = join(ROOT, name);
    const present = (file: string): string | null =>
      existsSync(join(folder, file)) ? join(folder, file) : null;
    const args = present('args.txt');
    return {
      name,
      folder,
      args: args
        ? linesOf(args)
        : readdirSync(folder)
            .filter((file) => !EXPECTATIONS.includes(file))
            .sort(),
      expected: present('expected.json'),
      errors: present('errors.txt'),
      limits: limitsOf(present('limits.txt')),
    };
  });

/** `web[0] = web01`, `wbe = ?` */
function limitsOf(path: string | null): Limit[] {
  if (path === null) return [];
  return linesOf(path).map((line) => {
    const [, pattern, hosts] = /^(.*) = (.*)$/.exec(line)!;
    return { pattern: pattern!, hosts: hosts === '?' ? null : hosts!.split(' ') };
  });
}

function linesOf(path: string): string[] {
  return readFileSync(path, 'utf8').trimEnd().split('\n');
}
