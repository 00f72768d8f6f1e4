import type { Log, Result, Run } from 'sarif';
import { acceptedDefects, defects } from '../evaluate/report-views.ts';
import { groupedBy } from '../grouped-by.ts';
import type { Finding, Report } from '../model.ts';
import { explanations, mediumOf, remedyLines } from './arrange.ts';
import type { Format, FormatOptions } from './format.ts';
import { jsonPieces } from './json-text.ts';
import { printable } from './printable.ts';
import { notifications } from './sarif/notifications.ts';
import { result } from './sarif/results.ts';
import { informationUri, reportingDescriptor } from './sarif/rules.ts';

const schema = 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json';

/** Code scanning rejects a whole upload above this: docs.github.com, "SARIF results exceed one or more limits". */
const maxResults = 25_000;

/** Lines of evidence in a file, as that may have 10 MB compressed: 20 a result, fewer where results are many. */
const evidenceBudget = 20_000;

/** SARIF 2.1.0 as code scanning wants it: one run, one location a result, every rule that ran. See docs/sarif.md. */
export const sarif: Format = (report, options) => {
  const log: Omit<Log, 'runs'> & { runs: [LongRun] } = {
    $schema: schema,
    version: '2.1.0',
    runs: [run(report, options)],
  };
  return jsonPieces(log, { sorted: false, depth: 5 });
};

/** A run whose results need not be there all at once. */
type LongRun = Omit<Run, 'results'> & { results: Iterable<Result> };

function run(report: Report, options: FormatOptions): LongRun {
  const reported = worthTelling(report, options);
  const kept = reported.slice(0, maxResults);
  const failures = groupedBy(defects(report), ({ rule }) => rule);
  return {
    tool: {
      driver: {
        name: printable(report.tool.name),
        version: printable(report.tool.version),
        semanticVersion: printable(report.tool.version),
        informationUri,
        rules: report.rules.map((rule) =>
          reportingDescriptor(rule, remedyLines(rule.fix, failures.get(rule.id) ?? [], report)),
        ),
      },
    },
    ...category(options.category),
    columnKind: 'utf16CodeUnits',
    invocations: [
      {
        executionSuccessful: looked(report),
        startTimeUtc: report.startedAt,
        endTimeUtc: report.finishedAt,
        toolExecutionNotifications: notifications(report, reported.length - kept.length),
      },
    ],
    results: results(kept, report),
    ...properties(report),
  };
}

/**
 * Returns the hosts whose evidence was read from a medium, with its path and date; and the fingerprints of the findings
 * that others explain, which are no results, and which a later run with this baseline knows.
 */
function properties({ hosts, findings }: Report): Pick<Run, 'properties'> {
  const media = hosts.flatMap(({ name, medium }) =>
    medium === undefined ? [] : [{ host: printable(name), from: mediumOf(medium) }],
  );
  const explained = findings
    .filter(
      ({ verdict, foldedInto, waiver }) => verdict === 'fail' && foldedInto !== null && waiver === undefined,
    )
    .map(({ fingerprint }) => fingerprint);
  const kept = { ...(media.length > 0 && { media }), ...(explained.length > 0 && { explained }) };
  return Object.keys(kept).length === 0 ? {} : { properties: kept };
}

/**
 * Returns the findings to report, worst first, so that those are kept where there are too many. Code scanning shows
 * every result as an alert, whatever its kind, and what is suppressed too: so only open failures are reported, unless more
 * was requested.
 */
function worthTelling(report: Report, { all, suppressed = false }: FormatOptions): Finding[] {
  const accepted = acceptedDefects(report);
  const failed = [...defects(report), ...(suppressed ? accepted : [])];
  return all ? [...failed, ...report.findings.filter((finding) => finding.verdict !== 'fail')] : failed;
}

function* results(findings: Finding[], report: Report): Generator<Result> {
  const rules = new Map(report.rules.map((rule, index) => [rule.id, { rule, index }]));
  const hosts = new Map(report.hosts.map((host) => [host.name, host]));
  const explained = explanations(report);
  const maxEvidence = Math.max(3, Math.min(20, Math.floor(evidenceBudget / findings.length)));
  for (const finding of findings) {
    const known = rules.get(finding.rule);
    const host = hosts.get(finding.host);
    if (!known || !host) throw new Error(`the report does not list ${finding.rule} or ${finding.host}`);
    const explains = explained.get(finding.fingerprint) ?? [];
    yield result({ finding, host, rule: known.rule, ruleIndex: known.index, hosts, explains }, maxEvidence);
  }
}

/**
 * False makes code scanning refuse the file (codeql-action#1316, #1393), which is right for a run that saw nothing or was
 * stopped: taken as it is, it would close the alerts of all that it did not get to.
 */
function looked({ interrupted, hosts }: Report): boolean {
  return !interrupted && hosts.some((host) => host.reached.ok);
}

/** Returns `category/run`: the part before the last slash is the category. Without it, the upload's own one holds. */
function category(name: string | null): Pick<Run, 'automationDetails'> {
  const words = printable(name ?? '').replace(/^\/+|\/+$/g, '');
  return words === '' ? {} : { automationDetails: { id: `${words}/` } };
}
