import { groupBy } from '../grouped-by.ts';
import { explanations, whenceOf } from './arrange.ts';
import type { Format } from './format.ts';
import { findingArticle } from './html/finding.ts';
import { pageEnd, pageHead, sectionId } from './html/page.ts';
import { ruleEnd, ruleHead } from './html/rule-section.ts';
import { reportedChecks, STATES, type State, stateOf } from './states.ts';

/** The most checks in a page; a browser has to hold them all. */
const MOST = 20_000;

/** One page for people that needs nothing else: no network, no other file. */
export const htmlPage: Format = function* (report, { all }) {
  const reported = reportedChecks(report, all);
  const kept = reported.slice(0, MOST);
  const rules = new Map(report.rules.map((rule) => [rule.id, rule]));
  const places = new Map(report.hosts.map((host) => [host.name, whenceOf(host)]));
  const explained = explanations(report);
  const sections = groupBy(kept, ({ rule }) => rule).map((findings) => {
    const rule = rules.get(findings[0].rule);
    if (rule === undefined) throw new Error(`the report does not list ${findings[0].rule}`);
    return { rule, findings };
  });
  const states = (Object.keys(STATES) as State[]).filter(
    (state) => state === 'open' || kept.some((finding) => stateOf(finding) === state),
  );
  yield pageHead(report, states, sections).markup;
  for (const [i, { rule, findings }] of sections.entries()) {
    yield ruleHead(rule, findings, sectionId(i), report).markup;
    for (const finding of findings)
      yield findingArticle(finding, places.get(finding.host) ?? '', explained.get(finding.fingerprint) ?? [])
        .markup;
    yield ruleEnd.markup;
  }
  yield pageEnd(reported.length - kept.length).markup;
};
