import { resolve } from 'node:path';
import { planFor } from '../collect/plan.ts';
import { beginSnapshot } from '../collect/snapshot.ts';
import { collectors } from '../collectors/index.ts';
import { UserError } from '../errors.ts';
import { readShard } from '../inventory/shard.ts';
import { DEFAULT_PATH } from '../transports/script/installed-script.ts';
import { scriptToRead } from './lib/collecting.ts';
import { defineCommand } from './lib/command.ts';
import { connectionOptions } from './lib/connection-options.ts';
import { scriptToInstall } from './lib/installing.ts';
import { configOptions, sourceOptions } from './lib/options.ts';
import { runOver } from './lib/sources.ts';
import { exit } from './lib/world.ts';

export default defineCommand({
  options: {
    ...sourceOptions,
    output: {
      alias: 'o',
      type: 'string',
      requiresArg: true,
      describe: 'A new folder for the snapshot',
    },
    shard: {
      type: 'string',
      requiresArg: true,
      describe: 'Of the hosts, the part that is this one of several, as 2/8, by their names',
      group: 'Hosts:',
    },
    'install-as': {
      type: 'string',
      describe: `With --print-script: the script to install on hosts, and its sudoers line (${DEFAULT_PATH})`,
    },
    ...configOptions,
    ...connectionOptions,
  },
  examples: [
    ['twlint collect -i hosts.yaml -o incident-0412', 'Keep the evidence'],
    ['twlint audit --from incident-0412', 'Look at it later'],
    ['twlint collect --print-script --install-as', 'For hosts where sudo is to allow one script'],
  ],
  async run(args, world) {
    const plan = planFor(collectors.keys(), collectors, args.netns);
    if (args['print-script']) {
      const path = args['install-as'];
      world.out.write(path === undefined ? scriptToRead(plan) : scriptToInstall(path));
      return exit.clean;
    }
    if (args['install-as'] !== undefined)
      throw new UserError('--install-as goes with --print-script', {
        hint: 'twlint prints the script; you install it',
      });
    if (args.output === undefined)
      throw new UserError('where to? no --output was given', { hint: 'twlint collect -i hosts.yaml -o DIR' });
    const folder = resolve(world.cwd, args.output);
    const shard = args.shard === undefined ? null : readShard(args.shard);
    const writer = beginSnapshot(folder);
    const run = await runOver(plan, args, world, writer.add, shard && { shard });
    writer.finish({ ...run, ...(shard !== null && { shard }) });
    const failed = run.hosts.filter(({ reached }) => !reached.ok).length;
    world.err.write(
      `twlint: ${run.hosts.length - failed} of ${run.hosts.length} hosts are in ${args.output}\n`,
    );
    if (run.interrupted) return exit.interrupted;
    return failed > 0 ? exit.incomplete : exit.clean;
  },
});
