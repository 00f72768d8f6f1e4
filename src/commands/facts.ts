import { planFor } from '../collect/plan.ts';
import { collectors } from '../collectors/index.ts';
import { UserError } from '../errors.ts';
import { buildVocabulary } from '../evaluate/expression/vocabulary.ts';
import { evaluateQuery, neededBy, parseQuery, queryFacts } from '../evaluate/query.ts';
import { originOf } from '../formats/arrange.ts';
import { jsonText } from '../formats/json-text.ts';
import { printable } from '../formats/printable.ts';
import { scriptToRead } from './lib/collecting.ts';
import { defineCommand } from './lib/command.ts';
import { connectionOptions } from './lib/connection-options.ts';
import { configOptions, sourceOptions } from './lib/options.ts';
import { snapshotFor } from './lib/sources.ts';
import { exit } from './lib/world.ts';

export default defineCommand({
  positionals: { names: { describe: 'Only these facts, as sysctl_boot', type: 'string' } },
  options: {
    ...sourceOptions,
    expr: {
      type: 'string',
      requiresArg: true,
      describe: 'An expression of a rule, as size(nat.source) > 0; tried on each host, namespace or path',
    },
    format: {
      choices: ['text', 'json'] as const,
      default: 'text' as const,
      requiresArg: true,
      describe: 'A heading and JSON for each subject, or one JSON value',
    },
    ...configOptions,
    ...connectionOptions,
  },
  examples: [
    ['twlint facts -i hosts.yaml -l lb-1 roles', 'What is this host, and what is it not?'],
    ["twlint facts --from DIR --expr 'interfaces.rp_filter'", 'What would this expression give?'],
    ["twlint facts --from DIR --expr 'path.clocks > 1'", 'On which paths do clients share an address?'],
  ],
  async run(args, world) {
    const vocabulary = buildVocabulary(collectors);
    const names = [args.names ?? []].flat().map(String);
    if (args.expr !== undefined && names.length > 0)
      throw new UserError('facts by name and --expr: one or the other');
    const question =
      args.expr === undefined ? queryFacts(names, vocabulary) : parseQuery(args.expr, vocabulary);
    const plan = planFor(neededBy(question), collectors, args.netns);
    if (args['print-script']) {
      world.out.write(scriptToRead(plan));
      return exit.clean;
    }
    const snapshot = await snapshotFor(plan, args, world);
    const answers = evaluateQuery(snapshot, question, vocabulary);
    if (args.format === 'json') world.out.write(jsonText(answers));
    else
      for (const { name, answer, evidence } of answers) {
        const lines = evidence.map((line) => `  | ${originOf(line)}  ${printable(line.text)}\n`);
        world.out.write(`${printable(name)} ${jsonText(answer)}\n${lines.join('')}`);
      }
    if (snapshot.interrupted) return exit.interrupted;
    const silent = snapshot.hosts.some(({ reached }) => !reached.ok);
    return silent ? exit.incomplete : exit.clean;
  },
});
