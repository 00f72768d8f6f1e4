import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { describeWhere } from '../needs.ts';
import { scratchFolder } from './folder.ts';
import { RANDOM_HOSTS, randomSshConfig } from './random-ssh-config.ts';
import { asked, caseFolder, understood } from './ssh-oracle.ts';

/** ssh looks for what is included by relative paths in ~/.ssh alone, so these become absolute. */
function standing(name: string): string {
  const folder = scratchFolder();
  cpSync(join(caseFolder, name), folder, { recursive: true });
  const config = join(folder, 'config');
  const text = readFileSync(config, 'utf8').replace(
    /^( *Include )(.*)$/gm,
    (_, keyword, patterns: string) => {
      const words = patterns.match(/"[^"]*"|\S+/g)!;
      return keyword + words.map((word) => `"${join(folder, word.replaceAll('"', ''))}"`).join(' ');
    },
  );
  writeFileSync(config, text);
  return config;
}

describeWhere({ programs: ['ssh'] }, 'what ssh makes of the same configuration', () => {
  const cases = readdirSync(caseFolder).flatMap((name) =>
    readFileSync(join(caseFolder, name, 'queries'), 'utf8')
      .trim()
      .split('\n')
      .map((query) => ({ name, query, fails: existsSync(join(caseFolder, name, 'fails')) })),
  );
  it.each(cases)('$name: $query', ({ name, query, fails }) => {
    const config = standing(name);
    const [host, ...options] = query.split(' ') as [string, ...string[]];
    const expected = asked(config, host, options);
    expect('wrong' in expected).toBe(fails);
    expect(understood(config, host, options)).toEqual(expected);
  });
});

describeWhere({ programs: ['ssh'] }, 'what ssh makes of configurations drawn at random', () => {
  it('is what is made of them here', () => {
    const folder = scratchFolder();
    const property = fc.property(randomSshConfig, ({ files, options }) => {
      for (const [name, text] of Object.entries(files))
        writeFileSync(join(folder, name), text.replaceAll('FOLDER', folder));
      const config = join(folder, 'config');
      for (const host of RANDOM_HOSTS) {
        const expected = asked(config, host, options);
        expect([host, understood(config, host, options)]).toEqual([host, expected]);
      }
    });
    fc.assert(property, { numRuns: Number(process.env.TWLINT_RANDOM_RUNS ?? 50) });
  }, 120_000);
});
