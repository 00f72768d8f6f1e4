import { defineCommand } from './lib/command.ts';
import { SCHEMAS, schemaText } from './lib/schemas.ts';
import { exit } from './lib/world.ts';

export default defineCommand({
  positionals: { of: { describe: 'Of what', choices: Object.keys(SCHEMAS) } },
  options: {},
  examples: [
    ['twlint schema rule >rule.schema.json', 'An editor then knows keys and facts of rules'],
    ['twlint schema report', 'What -o json writes'],
    ['twlint schema inventory', 'The variables that twlint heeds in a YAML inventory'],
  ],
  async run(args, world) {
    world.out.write(schemaText(args.of as keyof typeof SCHEMAS));
    return exit.clean;
  },
});
