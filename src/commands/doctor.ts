import { planFor } from '../collect/plan.ts';
import { collectors } from '../collectors/index.ts';
import { UserError } from '../errors.ts';
import { escapedJson } from '../formats/json-text.ts';
import { page } from '../formats/text/page.ts';
import type { Check } from '../transports/check.ts';
import { afterCheck, type Examined, examined } from './doctor/checks.ts';
import { doctorText } from './doctor/text.ts';
import { collectFrom, scriptToRead } from './lib/collecting.ts';
import { defineCommand } from './lib/command.ts';
import { connectionOptions } from './lib/connection-options.ts';
import { fleetOf } from './lib/fleet.ts';
import { configOptions, inventoryOptions } from './lib/options.ts';
import { exit } from './lib/world.ts';

const { interval: _, ...connecting } = connectionOptions;

export default defineCommand({
  positionals: { hosts: { describe: 'Only these hosts, as with --limit', type: 'string' } },
  options: {
    ...inventoryOptions,
    format: {
      choices: ['text', 'json'] as const,
      default: 'text' as const,
      requiresArg: true,
      describe: 'For people, or for programs',
    },
    ...configOptions,
    ...connecting,
  },
  examples: [
    ['twlint doctor -i hosts.yaml', 'Who can be looked at, and whom must I help first?'],
    ['twlint doctor -i hosts.yaml lb-1', 'What is the matter with this one?'],
  ],
  async run(args, world) {
    const plan = planFor(collectors.keys(), collectors, args.netns);
    if (args['print-script']) {
      world.out.write(scriptToRead(plan));
      return exit.clean;
    }
    const hosts = [args.hosts ?? []].flat().map(String);
    if (hosts.length > 0 && args.limit !== undefined)
      throw new UserError('hosts by name and --limit: one or the other');
    const limit = hosts.length > 0 ? hosts.join(',') : args.limit;
    const targets = await fleetOf({ ...args, limit }, world);
    const checksByHost = new Map<string, Check[]>();
    // the failures are our output: without a terminal, progress would print them all before
    const quiet = args.quiet || world.err.columns === null;
    const snapshot = await collectFrom(targets, plan, { ...args, interval: undefined, quiet }, world, {
      onCheck: (host, check) => void checksByHost.set(host, afterCheck(checksByHost.get(host) ?? [], check)),
    });
    const all = snapshot.hosts.map((host) => examined(host, checksByHost.get(host.host.name) ?? []));
    const width = world.out.columns ?? 100;
    world.out.write(
      args.format === 'json'
        ? doctorJson(all)
        : doctorText(all, page({ color: world.out.color, all: false, width })),
    );
    if (snapshot.interrupted) return exit.interrupted;
    return all.every(isWell) ? exit.clean : exit.incomplete;
  },
});

const isWell = ({ checks }: Examined) => checks.every(({ ok }) => ok);

function doctorJson(all: readonly Examined[]): string {
  const hosts = all.map((one) => ({
    name: one.host.name,
    source: one.host.source,
    ok: isWell(one),
    checks: one.checks,
  }));
  return `${escapedJson(JSON.stringify({ hosts }, null, 2))}\n`;
}
