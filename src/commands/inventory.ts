import { nearest, UserError } from '../errors.ts';
import { graphText } from './inventory/graph.ts';
import { hostText } from './inventory/host.ts';
import { listingText } from './inventory/listing.ts';
import { defineCommand } from './lib/command.ts';
import { fleetOf } from './lib/fleet.ts';
import { configOptions, inventoryOptions } from './lib/options.ts';
import { exit } from './lib/world.ts';

export default defineCommand({
  options: {
    ...inventoryOptions,
    ...configOptions,
    graph: {
      type: 'boolean',
      default: false,
      describe: 'The tree of groups and hosts (unless said otherwise)',
    },
    list: {
      type: 'boolean',
      default: false,
      describe: 'As JSON, like ansible-inventory --list, with the place of each value',
    },
    host: {
      type: 'string',
      requiresArg: true,
      describe: 'How this host is reached, its groups and variables, with the place of each',
    },
  },
  examples: [
    ['twlint inventory -i hosts.ini --host lb-1', 'Why does it log in as that user?'],
    ['twlint inventory -i hosts.ini --limit web:!web3', 'Who would be asked?'],
    ['kubectl get nodes -o json | twlint inventory -i -', 'The nodes of a cluster'],
  ],
  async run(args, world) {
    if ([args.graph, args.list, args.host !== undefined].filter(Boolean).length > 1)
      throw new UserError('--graph, --list, --host: one of them');
    const fleet = await fleetOf(args, world);
    if (args.list) world.out.write(listingText(fleet));
    else if (args.host === undefined) world.out.write(graphText(fleet));
    else {
      const index = fleet.hosts.findIndex(({ name }) => name === args.host);
      const [host, target] = [fleet.hosts[index], fleet.targets[index]];
      if (host === undefined || target === undefined)
        throw noSuchHost(
          args.host,
          fleet.hosts.map(({ name }) => name),
        );
      world.out.write(hostText(host, target));
    }
    return exit.clean;
  },
});

function noSuchHost(name: string, names: string[]): UserError {
  const close = nearest(name, names);
  return new UserError(`--host ${name}: no such host`, { hint: close ? `did you mean ${close}?` : null });
}
