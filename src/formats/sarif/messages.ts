import type { Message } from 'sarif';
import type { Finding, Line } from '../../model.ts';
import { lineText, originOf, subjectOf } from '../arrange.ts';
import { fenced, inMarkdown } from '../markdown-text.ts';
import { sentence, shortened } from '../printable.ts';

/** The longest evidence; all of it is in the JSON. GitHub takes 10 MB of compressed file. */
const maxEvidenceLength = 500;
const maxMessage = 2000;

/** The evidence of a finding, up to `limit` lines, each as `iptables-save:31: -A POSTROUTING ...`. */
export function evidenceLines({ evidence }: Finding, limit: number): string[] {
  const shown = evidence.slice(0, limit).map(evidenceLine);
  const hidden = evidence.length - shown.length;
  return hidden > 0 ? [...shown, `... and ${hidden} more`] : shown;
}

function evidenceLine(line: Line): string {
  return shortened(`${originOf(line)}: ${lineText(line)}`, maxEvidenceLength);
}

/** Returns the message of a finding: the subject, the defect and the evidence. */
export function findingMessage(finding: Finding, evidence: string[]): Message {
  const subject = subjectOf(finding);
  const defect = shortened(sentence(finding.message) || defaultMessage[finding.verdict], maxMessage);
  return {
    text: plain([`${subject}: ${defect}`, ...evidence].join('\n')),
    markdown: literal(
      [
        `**${inMarkdown(subject)}**: ${inMarkdown(defect)}`,
        ...(evidence.length > 0 ? [fenced(evidence, 'text')] : []),
      ].join('\n\n'),
    ),
  };
}

const defaultMessage = {
  fail: 'fails',
  pass: 'passed',
  unknown: 'could not be decided',
  'not-applicable': 'does not apply',
} as const;

/**
 * Returns plain text in which nothing is taken for a link (SARIF 2.1.0, 3.11.6: `[text](target)`) or a placeholder.
 * Parts of it are chosen by a host.
 */
export function plain(text: string): string {
  return literal(text.replaceAll('](', '] ('));
}

/**
 * Breaks up placeholders (3.11.5: `{0}` is one). Doubled braces would be none, but not every viewer knows that, and a
 * host's `{{0}}` would then become one. Other braces are left as every viewer shows them.
 */
const literal = (text: string): string => text.replace(/\{(?=\d+\})/g, '{ ');
