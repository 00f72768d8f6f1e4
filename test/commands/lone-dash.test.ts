import { expect, it } from 'vitest';
import yargs from 'yargs';
import { joinLoneDash } from '../../src/commands/lone-dash.ts';
import { inventoryOptions } from '../../src/commands/options.ts';

it.each([
  ['-i -', ['-']],
  ['--inventory - --limit x', ['-']],
  ['-i a -i - -i b', ['a', '-', 'b']],
  ['-i a,b -l -', ['a,b']],
])('%s', (line, inventory) => {
  const args = yargs(joinLoneDash(line.split(' ')))
    .parserConfiguration({ 'greedy-arrays': false })
    .options(inventoryOptions)
    .exitProcess(false)
    .parseSync();
  expect(args.inventory).toEqual(inventory);
});
