import type { JsonReport } from '../src/formats/json.ts';
import type { Report } from '../src/model.ts';

/** The report that JSON is of, with all checks that it has in one list; `--all` has what passed, too. */
export function reportIn(json: string): Report {
  const { findings, undecided, checks = [], ...about } = JSON.parse(json) as JsonReport;
  return { ...about, findings: [...findings, ...undecided, ...checks] };
}
