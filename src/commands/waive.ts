import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { addWaiver } from '../config/add-waiver.ts';
import { readConfig } from '../config/config-reader.ts';
import { CONFIG_FILE } from '../config/find-config.ts';
import { dayOf, isDate } from '../config/waiver-reader.ts';
import { throwIfAny, UserError } from '../errors.ts';
import { printable } from '../formats/printable.ts';
import { readNamed } from '../read.ts';
import { writeWhole } from '../write.ts';
import { defineCommand } from './lib/command.ts';
import { configOptions, ruleOptions } from './lib/options.ts';
import { selectRules } from './lib/selecting.ts';
import { exit } from './lib/world.ts';

const text = (describe: string) => ({
  type: 'string' as const,
  requiresArg: true,
  describe,
  group: 'Waiver:',
});

export default defineCommand({
  positionals: {
    rule: { describe: "The rule's id, as NA005, or a pattern of ids", type: 'string' },
    hosts: { describe: "The hosts, as --limit takes them: lb-1, 'web:!web3'", type: 'string' },
  },
  options: {
    reason: text('Why it is accepted'),
    until: text('The last day on which it is, as 2027-01-31'),
    owner: text('Who answers for it'),
    namespace: text('Only in this network namespace, or those of a pattern'),
    path: text('Only on this path, or those of a pattern'),
    undecided: {
      type: 'boolean',
      default: false,
      describe: 'Also where it cannot be decided',
      group: 'Waiver:',
    },
    rules: ruleOptions.rules,
    ...configOptions,
  },
  examples: [
    ["twlint waive NA005 'lb-*' --reason 'one uplink only' --owner net-team --until 2027-01-31", 'Not now'],
  ],
  async run(args, world, config) {
    const [rule, hosts] = [String(args.rule), String(args.hosts)];
    const { reason, until, owner } = args;
    const missing = Object.entries({ reason, until, owner }).filter(([, value]) => value === undefined);
    throwIfAny(missing.map(([name]) => new UserError(`waive: --${name} is missing`)));
    if (reason === undefined || until === undefined || owner === undefined) return exit.usage;
    if (!isDate(until))
      throw new UserError(`--until ${until}: no date`, { hint: 'write its last day, as in 2027-01-31' });
    if (until < dayOf(new Date()))
      throw new UserError(`--until ${until}: that day is over`, {
        hint: `today is ${dayOf(new Date())} (UTC)`,
      });
    selectRules(
      { rules: args.rules, rule: [rule], exclude: undefined, builtin: true, 'allow-supersede': true },
      world,
    );
    const file = config.file ?? CONFIG_FILE;
    const path = config.path ?? resolve(world.cwd, CONFIG_FILE);
    const before = existsSync(path) ? readNamed(path) : '';
    const { namespace = null, path: name = null, undecided } = args;
    const after = addWaiver(before, { rule, hosts, namespace, path: name, undecided, reason, owner, until });
    readConfig(after, { file, path, cwd: world.cwd });
    writeWhole(path, after);
    world.out.write(
      `${printable(file)}: ${printable(rule)} on ${printable(hosts)} is accepted until ${until}\n`,
    );
    return exit.clean;
  },
});
