import type { Message } from 'sarif';
import type { Finding, Line } from '../../model.ts';
import { originOf, subjectOf, wordsOf } from '../arrange.ts';
import { sentence, shortened } from '../printable.ts';

/** What is longer than this is in the JSON: GitHub takes 10 MB of compressed file. */
const maxEvidenceLength = 500;
const maxMessage = 2000;

/** The evidence of a finding, up to `limit` lines, each as `iptables-save:31: -A POSTROUTING ...`. */
export function evidenceLines({ evidence }: Finding, limit: number): string[] {
  const shown = evidence.slice(0, limit).map(evidenceLine);
  const hidden = evidence.length - shown.length;
  return hidden > 0 ? [...shown, `... and ${hidden} more`] : shown;
}

function evidenceLine(line: Line): string {
  return shortened(`${originOf(line)}: ${wordsOf(line)}`, maxEvidenceLength);
}

/** What is wrong with whom, and how we know. */
export function findingMessage(finding: Finding, evidence: string[]): Message {
  const subject = subjectOf(finding);
  const words = shortened(sentence(finding.message) || defaultMessage[finding.verdict], maxMessage);
  return {
    text: plain([`${subject}: ${words}`, ...evidence].join('\n')),
    markdown: literal(
      [
        `**${markdown(subject)}**: ${markdown(words)}`,
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
 * Plain text in which nothing is taken for a link (SARIF 2.1.0, 3.11.6: `[text](target)`) or a placeholder. A host chooses
 * some of the words.
 */
export function plain(text: string): string {
  return literal(text.replaceAll('](', '] ('));
}

/**
 * 3.11.5: `{0}` is a placeholder. Doubled braces would be none, but not every viewer knows that, and `{{0}}` that a host
 * says would then become one. Other braces are left as every viewer shows them.
 */
const literal = (text: string): string => text.replace(/\{(?=\d+\})/g, '{ ');

/** Text that Markdown shows as it is, without HTML (SARIF 2.1.0, 3.11.4.2); GitHub's makes links of bare addresses, too. */
const markdown = (text: string): string =>
  text.replace(/[\\`*_[\]<>~|&#!]/g, '\\$&').replace(/(?<=:)(?=\/\/)|(?<=\bwww)(?=\.)/gi, ' ');

/** A block of code, fenced so that no line of it can end it. */
export function fenced(lines: string[], language: string): string {
  const runs = lines.join('\n').match(/`+/g) ?? [];
  const fence = '`'.repeat(Math.max(2, ...runs.map((run) => run.length)) + 1);
  return `${fence}${language}\n${lines.join('\n')}\n${fence}`;
}
