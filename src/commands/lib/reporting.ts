/** What the commands that end in a report have in common: its options, and its way out. */
import type { InferredOptionTypes, Options } from 'yargs';
import { formats } from '../../formats/index.ts';
import type { Report } from '../../model.ts';
import { gateOptions, verdictOptions } from './options.ts';
import { type ReportOutput, writeOutputs } from './outputs.ts';
import type { World } from './world.ts';

export const reportOptions = {
  format: {
    type: 'string',
    default: 'text',
    requiresArg: true,
    describe: `On standard output: ${Object.keys(formats).join(', ')}`,
    group: 'Report:',
  },
  output: {
    alias: 'o',
    type: 'string',
    array: true,
    requiresArg: true,
    describe: 'FORMAT:PATH, as sarif:out.sarif; repeats',
    group: 'Report:',
  },
  ...verdictOptions,
  ...gateOptions,
  all: {
    type: 'boolean',
    default: false,
    describe: 'Also what passed and what could not be told',
    group: 'Report:',
  },
  details: {
    type: 'boolean',
    default: false,
    describe: 'In text, each finding on its own and all of its rule',
    group: 'Report:',
  },
  category: {
    type: 'string',
    requiresArg: true,
    describe: "Code scanning's category of this report",
    group: 'Report:',
  },
  'sarif-suppressed': {
    choices: ['drop', 'keep'] as const,
    default: 'drop' as const,
    requiresArg: true,
    describe: 'What waivers accept: left out of SARIF, or there as suppressed',
    group: 'Report:',
  },
} as const satisfies Record<string, Options>;

type ReportArgs = Pick<
  InferredOptionTypes<typeof reportOptions>,
  'all' | 'details' | 'allow-incomplete' | 'sarif-suppressed' | 'category'
>;

export const writeReport = (
  report: Report,
  outputs: ReportOutput[],
  args: ReportArgs,
  world: World,
): Promise<void> =>
  writeOutputs(
    report,
    outputs,
    {
      all: args.all,
      details: args.details,
      allowIncomplete: args['allow-incomplete'],
      suppressed: args['sarif-suppressed'] === 'keep',
      category: args.category ?? null,
      width: world.out.columns ?? 100,
    },
    world,
  );
