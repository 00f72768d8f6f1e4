/**
 * What GitHub's code scanning asks of a SARIF file beyond the schema. It takes a file whole or not at all, so that one bad
 * result loses every other. From docs.github.com "SARIF support for code scanning" and its table of limits, from the
 * checks of codeql-action (src/upload-lib.ts), and from what its server was reported to refuse.
 */
import { gzipSync } from 'node:zlib';
import { type Check, each, integer, list, member, oneOf, text } from './json-checks.ts';

const maxBytes = 10_000_000;
const maxResults = 25_000;
const maxTags = 20;
const maxDescription = 1024;
const maxName = 255;

/** `all`: results that are no failures are there on purpose; such a file is not for uploading. */
export interface Expectations {
  all?: boolean;
}

/** Every objection, with the place in the log: empty when the file would be taken. */
export function lintForCodeScanning(log: unknown, { all = false }: Expectations = {}): string[] {
  const found: string[] = [];
  const check: Check = { at: '', value: log, report: (problem) => found.push(problem) };
  text(member(check, '$schema'));
  oneOf(member(check, 'version'), ['2.1.0']);
  const runs = member(check, 'runs');
  if (list(runs).length !== 1) complain(runs, 'must hold exactly one run');
  for (const run of each(runs)) lintRun(run, all);
  if (gzipSync(JSON.stringify(log) ?? '').length > maxBytes) complain(check, 'is above 10 MB compressed');
  return found;
}

const complain = ({ at, report }: Check, problem: string): void => report(`${at || '/'} ${problem}`);

function lintRun(run: Check, all: boolean): void {
  const driver = member(member(run, 'tool'), 'driver');
  text(member(driver, 'name'));
  if (member(driver, 'semanticVersion').value === undefined) text(member(driver, 'version'));
  else text(member(driver, 'semanticVersion'));
  const rules = member(driver, 'rules');
  for (const rule of each(rules)) lintRule(rule);
  unique(rules, 'id');
  lintCategory(member(run, 'automationDetails'));
  const results = member(run, 'results');
  if (list(results).length > maxResults) complain(results, `has more than ${maxResults} results`);
  const ids = list(rules).map((rule) => (rule as { id?: unknown } | null)?.id);
  for (const result of each(results)) lintResult(result, ids, all);
  unique(results, 'partialFingerprints', 'primaryLocationLineHash');
}

function lintCategory(details: Check): void {
  if (details.value === undefined) return;
  const id = text(member(details, 'id'));
  if (!/[^/]\/[^/]*$/.test(id)) complain(member(details, 'id'), 'has no category before its last slash');
}

function lintRule(rule: Check): void {
  text(member(rule, 'id'));
  if (member(rule, 'name').value !== undefined) text(member(rule, 'name'), maxName);
  text(member(member(rule, 'shortDescription'), 'text'), maxDescription);
  text(member(member(rule, 'fullDescription'), 'text'), maxDescription);
  text(member(member(rule, 'help'), 'text'));
  text(member(member(rule, 'help'), 'markdown'));
  if (!/^https?:\/\/[^\s/]+/.test(text(member(rule, 'helpUri')))) {
    complain(member(rule, 'helpUri'), 'is not an http(s) address');
  }
  oneOf(member(member(rule, 'defaultConfiguration'), 'level'), ['note', 'warning', 'error']);
  const properties = member(rule, 'properties');
  oneOf(member(properties, 'precision'), ['very-high', 'high', 'medium', 'low']);
  lintSeverity(properties);
  const tags = member(properties, 'tags');
  if (list(tags).length > maxTags) complain(tags, `has more than ${maxTags} tags`);
  for (const tag of each(tags)) text(tag);
}

/** A rule is about security when it has a `security-severity`: a string that is a number above 0, up to 10. */
function lintSeverity(properties: Check): void {
  const security = member(properties, 'security-severity');
  if (security.value === undefined) {
    oneOf(member(properties, 'problem.severity'), ['error', 'warning', 'recommendation']);
    return;
  }
  const score =
    typeof security.value === 'string' && /^\d+(\.\d+)?$/.test(security.value) ? +security.value : 0;
  if (score <= 0 || score > 10) complain(security, 'is not a string with a number above 0, up to 10');
}

function lintResult(result: Check, ruleIds: unknown[], all: boolean): void {
  const id = text(member(result, 'ruleId'));
  const index = member(result, 'ruleIndex');
  if (ruleIds[integer(index, 0)] !== id) complain(index, `is not the index of rule ${id}`);
  if (!all) {
    oneOf(member(result, 'kind'), ['fail', undefined]);
    oneOf(member(result, 'level'), ['note', 'warning', 'error']);
  }
  // Not honoured: such a result becomes an open alert all the same.
  for (const name of ['suppressions', 'baselineState']) {
    if (member(result, name).value !== undefined) complain(member(result, name), 'is not honoured');
  }
  const locations = member(result, 'locations');
  if (list(locations).length !== 1) complain(locations, 'must hold exactly one location');
  for (const location of each(locations)) lintPlace(member(location, 'physicalLocation'));
  lintLinks(result);
  text(member(member(result, 'partialFingerprints'), 'primaryLocationLineHash'));
}

/** Links of the message, as `[text](2)`, must lead to a related location; a host's words must not make any. */
function lintLinks(result: Check): void {
  const related = member(result, 'relatedLocations');
  if (related.value !== undefined) {
    for (const location of each(related)) lintPlace(member(location, 'physicalLocation'));
    unique(related, 'id');
  }
  const message = member(member(result, 'message'), 'text');
  const ids = list(related).map((location) => String((location as { id?: unknown } | null)?.id));
  for (const [, target = ''] of text(message).matchAll(/\]\(([^)]*)\)/g)) {
    if (!ids.includes(target)) complain(message, `links to ${target}, which is no related location`);
  }
}

/** A file below the root of the repository, and a region of it. */
function lintPlace(place: Check): void {
  const uri = member(member(place, 'artifactLocation'), 'uri');
  const path = text(uri);
  if (/^[a-z][a-z0-9+.-]*:/i.test(path)) complain(uri, 'has a scheme');
  if (path.startsWith('/')) complain(uri, 'is not relative to the root of the repository');
  if (path.split('/').includes('..')) complain(uri, 'leaves the repository');
  if (!/^([\w.~!$&'()*+,;=:@/-]|%[0-9a-f]{2})*$/i.test(path)) complain(uri, 'is not percent-encoded');
  const region = member(place, 'region');
  const [startLine, startColumn, endLine, endColumn] = [
    'startLine',
    'startColumn',
    'endLine',
    'endColumn',
  ].map((name) => integer(member(region, name), 1)) as [number, number, number, number];
  if (endLine < startLine || (endLine === startLine && endColumn <= startColumn))
    complain(region, 'is empty');
}

/** No two members of a list may say the same there. */
function unique(items: Check, ...path: string[]): void {
  const seen = new Set<unknown>();
  for (const item of each(items)) {
    const named = path.reduce(member, item);
    if (seen.has(named.value)) complain(named, 'is there twice');
    seen.add(named.value);
  }
}
