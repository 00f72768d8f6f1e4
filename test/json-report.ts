import { Ajv2020 } from 'ajv/dist/2020.js';
import type { JsonReport } from '../src/formats/json.ts';
import { reportSchema } from '../src/formats/report-schema.ts';
import type { Report } from '../src/model.ts';

const validate = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(reportSchema());

/**
 * The report that JSON is of, with all checks that it has in one list; `--all` has what passed, too. Whoever reads the
 * report of a run tries that it is as `twlint schema report` has it.
 */
export function reportIn(json: string): Report {
  const read = JSON.parse(json) as JsonReport;
  if (!validate(read)) throw new Error(`not as its schema says: ${JSON.stringify(validate.errors)}`);
  const { findings, undecided, checks = [], ...about } = read;
  return { ...about, findings: [...findings, ...undecided, ...checks] };
}
