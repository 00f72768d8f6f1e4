import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'vitest';
import { UserErrors } from '../../src/errors.ts';
import { loadInventory } from '../../src/inventory/load.ts';
import { inventoryCases } from './cases.ts';

const fromCase = (text: string): string => text.replaceAll(/[^\s"]*data\/inventory\/[^/]+\//g, '');
it.each(inventoryCases.filter((c) => !c.expected && !c.errors))('$name', async ({ folder, args }) => {
  try {
    const t = await loadInventory(args, {
      cwd: folder,
      env: { HOME: '/home/op' },
      warn: (x) => console.log('WARN', x),
    });
    writeFileSync(
      join(folder, 'expected.json'),
      `${JSON.stringify(
        t.map(({ host: { name, source, groups, vars }, connection }) => ({
          name,
          at: fromCase(`${source.file}:${source.line}:${source.column}`),
          groups,
          vars,
          connection,
        })),
        null,
        2,
      )}\n`,
    );
  } catch (e) {
    if (!(e instanceof UserErrors)) throw e;
    writeFileSync(join(folder, 'errors.txt'), fromCase(`${e.message}\n`));
  }
});
