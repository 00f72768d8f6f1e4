import type { Location, Result } from 'sarif';
import type { Finding, HostSummary, RuleInfo } from '../../model.ts';
import { printable } from '../printable.ts';
import { codeFlows } from './code-flows.ts';
import { fixes, imageLocation, lineLocation } from './image.ts';
import { anchor, isBuiltin, location, ruleLocation } from './locations.ts';
import { evidenceLines, findingMessage, plain } from './messages.ts';

const kinds = { fail: 'fail', pass: 'pass', unknown: 'open', 'not-applicable': 'notApplicable' } as const;

/** A finding, with the report's data on its host and rule. */
export interface Known {
  finding: Finding;
  host: HostSummary;
  rule: RuleInfo;
  ruleIndex: number;
  /** Every host of the report, by name: a path leads over several. */
  hosts: ReadonlyMap<string, HostSummary>;
  /** The findings that this one explains, as `TW003 on s2/init`. */
  explains: string[];
}

/** Makes a result with at most `maxEvidence` lines of evidence. */
export function result(known: Known, maxEvidence: number): Result {
  const { finding, host, rule, ruleIndex, hosts, explains } = known;
  const evidence = evidenceLines(finding, maxEvidence);
  const edits = fixes(finding, host, rule);
  return {
    ruleId: printable(finding.rule),
    ruleIndex,
    kind: kinds[finding.verdict],
    // SARIF 2.1.0, 3.27.10: whatever is not a failure has no level.
    level: finding.verdict === 'fail' ? finding.severity : 'none',
    message: findingMessage(finding, [...evidence, ...explained(explains)]),
    // Exactly one: of several, code scanning takes the first, and none loses the whole upload.
    locations: [location(finding, imageLocation(finding, host) ?? anchor(host, rule))],
    relatedLocations: relatedLocations(known, evidence),
    ...(finding.path === null
      ? {}
      : { codeFlows: codeFlows(finding.path, (name) => anchor(hosts.get(name) ?? host, rule)) }),
    partialFingerprints: fingerprints(finding),
    ...standing(finding),
    ...(edits.length > 0 && { fixes: edits }),
  };
}

/** Returns how it stands against a baseline (SARIF 2.1.0, 3.27.24), and the waiver that suppresses it (3.27.23). */
function standing({ waiver, baseline }: Finding): Pick<Result, 'baselineState' | 'suppressions'> {
  return {
    ...(baseline !== undefined && { baselineState: baseline === 'known' ? 'unchanged' : 'new' }),
    ...(waiver !== undefined && {
      suppressions: [
        {
          kind: 'external',
          status: 'accepted',
          justification: plain(printable(`${waiver.reason} (${waiver.owner}, until ${waiver.until})`)),
        },
      ],
    }),
  };
}

/** The most explained findings in a result; the JSON has them all. */
const maxExplained = 20;

function explained(explains: readonly string[]): string[] {
  const left = explains.length - maxExplained;
  const listed = explains.slice(0, maxExplained).map((other) => `explains ${other}`);
  return left > 0 ? [...listed, `explains ${left} more`] : listed;
}

/**
 * Returns the places of the evidence, then the rule's own place. Evidence stands on a host, in no file of the
 * repository: it is reported at the host's line, save for what stands in an image's file.
 */
function relatedLocations({ finding, host, rule }: Known, evidence: string[]): Location[] {
  const place = isBuiltin(rule) ? null : ruleLocation(rule);
  const origin = place
    ? [{ physicalLocation: place, message: { text: plain(`rule ${printable(rule.id)}`) } }]
    : [];
  const lines = evidence.map((text, i) => {
    const line = finding.evidence[i];
    const file = line === undefined ? null : lineLocation(line, host);
    return { ...location(finding, file ?? anchor(host, rule)), message: { text: plain(text) } };
  });
  return [...lines, ...origin].map((related, i) => ({ id: i + 1, ...related }));
}

/**
 * Code scanning follows an alert by `primaryLocationLineHash` alone. Ours identifies the defect, not the line's text.
 */
function fingerprints({ fingerprint }: Finding): Record<string, string> {
  const print = printable(fingerprint);
  return { primaryLocationLineHash: `${print}:1`, 'twlintFinding/v1': print };
}
