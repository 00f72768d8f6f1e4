import { defects } from '../evaluate/report-views.ts';
import type { Report, Severity } from '../model.ts';
import { subjectOf } from './arrange.ts';
import type { Format } from './format.ts';
import { jsonPieces } from './json-text.ts';
import { printable, sentence, shortened } from './printable.ts';
import { repositoryPlaces } from './repository.ts';

/** GitLab's words; its worst, `blocker`, is for what stops everybody. */
const SEVERITIES: Record<Severity, string> = { error: 'critical', warning: 'major', note: 'info' };

const MOST = 2000;

/** The open findings as GitLab's code quality report: https://docs.gitlab.com/ci/testing/code_quality/ */
export const gitlab: Format = (report) => jsonPieces(issues(report), { sorted: false, depth: 0 });

function* issues(report: Report): Generator<object> {
  const placeOf = repositoryPlaces(report);
  for (const finding of defects(report)) {
    const { file, line } = placeOf(finding);
    yield {
      description: shortened(`${subjectOf(finding)}: ${sentence(finding.message) || 'fails'}`, MOST),
      check_name: printable(finding.rule),
      // of two with one fingerprint, GitLab shows the first
      fingerprint: printable(finding.fingerprint),
      severity: SEVERITIES[finding.severity],
      location: { path: file, lines: { begin: line } },
    };
  }
}
