import { collectors } from '../collectors/index.ts';
import { vocabularyOf } from '../evaluate/expression/vocabulary.ts';
import { ruleSchema } from '../evaluate/rules/rule-schema.ts';
import { inventorySchema } from '../inventory/schema.ts';
import type { Json } from '../model.ts';
import { defineCommand } from './lib/command.ts';
import { exit } from './lib/world.ts';

const SCHEMAS = {
  rule: () => ruleSchema(vocabularyOf(collectors)),
  inventory: inventorySchema,
} as const satisfies Record<string, () => Json>;

export default defineCommand({
  name: 'schema <of>',
  describe: 'Print a JSON Schema, for editors',
  positionals: { of: { describe: 'Of what', choices: Object.keys(SCHEMAS) } },
  options: {},
  examples: [
    ['twlint schema rule >rule.schema.json', 'An editor then knows keys and facts of rules'],
    ['twlint schema inventory', 'The variables that twlint heeds in a YAML inventory'],
  ],
  async run(args, world) {
    world.out.write(schemaText(args.of as keyof typeof SCHEMAS));
    return exit.clean;
  },
});

export const schemaText = (of: keyof typeof SCHEMAS): string => `${JSON.stringify(SCHEMAS[of](), null, 2)}\n`;
