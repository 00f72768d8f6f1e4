import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../data/inventory');

/** One folder: inventory files (hosts.yaml first), and either expected.json or errors.txt. */
export interface InventoryCase {
  name: string;
  folder: string;
  files: string[];
  expected: string | null;
  errors: string | null;
}

export const inventoryCases: InventoryCase[] = readdirSync(ROOT)
  .sort()
  .map((name) => {
    const folder = join(ROOT, name);
    const present = (file: string): string | null =>
      existsSync(join(folder, file)) ? join(folder, file) : null;
    return {
      name,
      folder,
      files: readdirSync(folder)
        .filter((file) => file.endsWith('.yaml'))
        .sort(),
      expected: present('expected.json'),
      errors: present('errors.txt'),
    };
  });
