import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { fleetCollector } from '../collect/fleet.ts';
import { planFor } from '../collect/plan.ts';
import { collectors } from '../collectors/index.ts';
import { UserError } from '../errors.ts';
import { beginEvaluation } from '../evaluate/report.ts';
import { neededFacts } from '../evaluate/rules/rules.ts';
import { counted, printable } from '../formats/printable.ts';
import { withQueue } from '../queue/connection.ts';
import { queueName } from '../queue/jobs.ts';
import { BATCH_SIZE } from '../queue/messages.ts';
import { work } from '../queue/worker.ts';
import { abilitiesFor } from './lib/abilities.ts';
import { meansOf } from './lib/asking-means.ts';
import { defineCommand } from './lib/command.ts';
import { connectionOptions } from './lib/connection-options.ts';
import { fleetOf } from './lib/fleet.ts';
import { namedQueue } from './lib/named-queue.ts';
import { configOptions, inventoryOptions, ruleOptions } from './lib/options.ts';
import { queueOptions } from './lib/queue-options.ts';
import { selectRules } from './lib/selecting.ts';
import { tool } from './lib/tool.ts';
import { exit } from './lib/world.ts';
import { batchAuditor } from './worker/batch.ts';

const { limit: _limit, ...wholeInventory } = inventoryOptions;
const { 'max-failures': _, 'retry-file': __, 'print-script': ___, ...asking } = connectionOptions;

export default defineCommand({
  options: { ...wholeInventory, ...queueOptions, ...ruleOptions, ...configOptions, ...asking },
  examples: [
    ['twlint worker -i hosts.yaml --queue redis://queue', 'Ask hosts for whoever audits them'],
    ['twlint audit -i hosts.yaml --queue redis://queue', '... as this does'],
  ],
  async run(args, world, config) {
    if (args.queue === undefined)
      throw new UserError('which queue? --queue is missing', {
        hint: 'twlint worker -i hosts.yaml --queue redis://HOST:6379',
      });
    const queue = namedQueue({ ...args, queue: args.queue }, world);
    const tell = (text: string): void => {
      if (!args.quiet) world.err.write(`twlint: ${printable(text)}\n`);
    };
    const fleet = await fleetOf({ ...args, limit: undefined }, world);
    const { rules } = selectRules(args, world, config);
    const abilities = abilitiesFor(queue.key, fleet, rules, args);
    const plan = planFor(neededFacts(rules), collectors, args.netns);
    const { targets, reach, asking, concurrency } = await meansOf(fleet, plan, args, world);
    try {
      const evaluation = beginEvaluation(rules, collectors, tool());
      // a worker that is stopped ends what it has begun
      const stop = new AbortController().signal;
      const progress = { begun: () => {}, done: () => {} };
      const about = { ...asking, plan, concurrency, maxFailures: null, stop, progress };
      const audit = batchAuditor(targets, evaluation, (take) => fleetCollector({ ...about, take }));
      const worker = `${hostname()}-${randomBytes(4).toString('hex')}`;
      const slots = Math.ceil(concurrency / BATCH_SIZE) + 1;
      await withQueue(queue, { tell, stop: null }, async (redis, store) => {
        tell(`worker ${worker}: takes ${counted(targets.length, 'host')} from ${queue.place.shown}`);
        const at = { ...queue, redis, name: queueName(queue.key, abilities) };
        await work(at, { worker, abilities, store, slots, stop: world.stop, audit, tell });
      });
      tell(`worker ${worker}: ended`);
    } finally {
      reach.close();
    }
    return exit.clean;
  },
});
