import type { InferredOptionTypes } from 'yargs';
import { UserError } from '../../errors.ts';
import { printable } from '../../formats/printable.ts';
import { givenVariables } from '../../inventory/given-variables.ts';
import { type Fleet, loadFleet } from '../../inventory/load.ts';
import type { inventoryOptions } from './options.ts';
import type { World } from './world.ts';

/** Reads the inventory, which must be there. */
export function fleetOf(args: InferredOptionTypes<typeof inventoryOptions>, world: World): Promise<Fleet> {
  if (args.inventory === undefined || args.inventory.length === 0)
    throw new UserError('which hosts? no inventory was given', { hint: 'twlint audit -i hosts.yaml' });
  const given = givenVariables(args.user, args.become, args['extra-vars'] ?? []);
  const { cwd, env, stdin, err } = world;
  const warn = (text: string): void => err.write(`twlint: ${printable(text)}\n`);
  return loadFleet(args.inventory, { cwd, env, warn, given, ...(stdin ? { stdin } : {}) }, args.limit);
}
