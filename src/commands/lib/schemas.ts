import { collectors } from '../../collectors/index.ts';
import { configSchema } from '../../config/config-schema.ts';
import { buildVocabulary } from '../../evaluate/expression/vocabulary.ts';
import { ruleSchema } from '../../evaluate/rules/rule-schema.ts';
import { reportSchema } from '../../formats/report-schema.ts';
import { intentSchema } from '../../intents/intent-schema.ts';
import { inventorySchema } from '../../inventory/schema.ts';
import type { Json } from '../../model.ts';

/** The JSON Schemas of what users write, and of what they read with programs. */
export const SCHEMAS = {
  rule: () => ruleSchema(buildVocabulary(collectors)),
  inventory: inventorySchema,
  report: reportSchema,
  config: configSchema,
  intents: intentSchema,
} as const satisfies Record<string, () => Json>;

export const schemaText = (of: keyof typeof SCHEMAS): string => `${JSON.stringify(SCHEMAS[of](), null, 2)}\n`;
