/** Reads the defects of an earlier report of ours: JSON or SARIF. */
import { UserError } from '../errors.ts';
import { type EarlierFinding, type Json, REPORT_VERSION, type Report, type Severity } from '../model.ts';
import { readNamed, Unread } from '../read.ts';

/** An earlier report, as far as a later one is held against it. */
export interface EarlierReport {
  findings: EarlierFinding[];
  /** Fingerprints of defects that others explained: they are known, too. */
  explained: string[];
  /** The ids of the rules that were tried. */
  rules: string[];
  /** The time of its run in ISO 8601; '' where it has none. */
  finishedAt: string;
}

const HINT = 'it takes a report of `twlint audit -o json:FILE` or `-o sarif:FILE`';

/** A report that was written before: as an earlier one; and whole, where it is JSON of ours. */
export interface WrittenReport {
  earlier: EarlierReport;
  /** null: SARIF, which does not tell of every host whether it was seen. */
  whole: Report | null;
}

/** Reads a report; `named` is what messages call the file. Throws a UserError that says what is wrong with it. */
export function readReport(absolute: string, named: string): WrittenReport {
  const text = textOf(named, absolute);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new UserError(`${named}: not JSON`, { hint: HINT, cause: error });
  }
  const earlier = reportFrom(value as Json);
  if (earlier === null) throw new UserError(`${named}: no report of twlint`, { hint: HINT });
  checkVersion(value as Values, named);
  return { earlier, whole: isWhole(value as Values) ? reassembled(value as Values) : null };
}

/** Refuses JSON of ours in a form that is not known here. */
function checkVersion({ version, runs }: Values, named: string): void {
  if (runs === undefined && version !== REPORT_VERSION)
    throw new UserError(
      `${named}: a report of version ${JSON.stringify(version)}; this twlint reads ${REPORT_VERSION}`,
      {
        hint: 'write it anew with this twlint',
      },
    );
}

/** Tells whether a report of ours has what a later side of a comparison needs. */
const isWhole = ({ rules, hosts, findings, gaps }: Values): boolean =>
  [rules, hosts, findings, gaps].every(Array.isArray);

/** Returns the report with all of its checks in one list, which JSON has apart. */
const reassembled = (value: Values): Report =>
  ({
    ...value,
    findings: [...objects(value.findings), ...objects(value.undecided), ...objects(value.checks)],
  }) as unknown as Report;

function textOf(named: string, path: string): string {
  try {
    return readNamed(path);
  } catch (error) {
    if (!(error instanceof Unread)) throw error;
    throw new UserError(`${named}: ${error.message}`, { hint: error.hint ?? HINT, cause: error });
  }
}

/** Returns the report that a value is; null where it is none of ours. */
function reportFrom(value: Json): EarlierReport | null {
  if (!isObject(value)) return null;
  return value.runs === undefined ? fromJson(value) : fromSarif(value);
}

type Values = { [key: string]: Json };

const isObject = (value: Json | undefined): value is Values =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const objects = (value: Json | undefined): Values[] => (Array.isArray(value) ? value.filter(isObject) : []);
const word = (value: Json | undefined): string => (typeof value === 'string' ? value : '');
const texts = (value: Json | undefined): string[] =>
  Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
const wordOrNull = (value: Json | undefined): string | null => (typeof value === 'string' ? value : null);

function fromJson(value: Values): EarlierReport | null {
  if (!isObject(value.tool) || value.tool.name !== 'twlint' || !Array.isArray(value.findings)) return null;
  // what a waiver accepted was not open: when it is over, the finding is new
  const failed = objects(value.findings).filter(
    ({ verdict, waiver }) => verdict === 'fail' && waiver === undefined,
  );
  const findings = failed.filter(({ foldedInto }) => typeof foldedInto !== 'string');
  return {
    explained: failed
      .filter((finding) => !findings.includes(finding))
      .map(({ fingerprint }) => word(fingerprint)),
    findings: findings.map((finding) => ({
      rule: word(finding.rule),
      host: word(finding.host),
      namespace: wordOrNull(finding.namespace),
      severity: severityOf(finding.severity),
      message: word(finding.message),
      fingerprint: word(finding.fingerprint),
    })),
    rules: objects(value.rules).map(({ id }) => word(id)),
    finishedAt: word(value.finishedAt),
  };
}

function fromSarif(value: Values): EarlierReport | null {
  const [run] = objects(value.runs);
  const driver = isObject(run?.tool) && isObject(run.tool.driver) ? run.tool.driver : {};
  if (run === undefined || driver.name !== 'twlint') return null;
  const failed = objects(run.results).filter(
    ({ kind, suppressions }) => (kind === undefined || kind === 'fail') && suppressions === undefined,
  );
  const [invocation] = objects(run.invocations);
  return {
    findings: failed.map(sarifFinding),
    explained: texts(isObject(run.properties) ? run.properties.explained : []),
    rules: objects(driver.rules).map(({ id }) => word(id)),
    finishedAt: word(invocation?.endTimeUtc),
  };
}

/** The subject of a SARIF result is its logical location, `host/namespace`. */
function sarifFinding(result: Values): EarlierFinding {
  const prints = isObject(result.partialFingerprints) ? result.partialFingerprints : {};
  const [location] = objects(result.locations);
  const [subject] = objects(location?.logicalLocations);
  const name = word(subject?.fullyQualifiedName);
  const [host = '', namespace = null] = name.split(/\/(.*)/s);
  // the message begins with the subject; evidence follows it, line by line
  const [message = ''] = (isObject(result.message) ? word(result.message.text) : '').split('\n');
  return {
    rule: word(result.ruleId),
    host,
    namespace: namespace === '' ? null : namespace,
    severity: severityOf(result.level),
    message: message.startsWith(`${name}: `) ? message.slice(name.length + 2) : message,
    fingerprint: word(prints['twlintFinding/v1']),
  };
}

const severityOf = (value: Json | undefined): Severity =>
  value === 'error' || value === 'note' ? value : 'warning';
