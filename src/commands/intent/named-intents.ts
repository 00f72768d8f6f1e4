/** The intents that a command line names, or twlint.yaml. */
import type { Config } from '../../config/config.ts';
import { UserError } from '../../errors.ts';
import { selectRules } from '../lib/selecting.ts';
import type { World } from '../lib/world.ts';

const INTENTS_ALONE = {
  rules: undefined,
  rule: undefined,
  exclude: undefined,
  builtin: false,
  'allow-supersede': false,
};

export function namedIntents({ intents }: { intents: string[] | undefined }, world: World, config: Config) {
  if (intents === undefined)
    throw new UserError('--intents is missing: what must hold?', {
      hint: '`twlint intent draft` writes a file of what holds now',
    });
  return selectRules({ ...INTENTS_ALONE, intents }, world, config);
}
