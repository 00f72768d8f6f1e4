import type { ReportingDescriptor } from 'sarif';
import type { RuleInfo, Severity } from '../../model.ts';
import { fenced } from '../markdown-text.ts';
import { paragraphs, printable, sentence, shortened } from '../printable.ts';
import { plain } from './messages.ts';

/** The home page of twlint. */
export const informationUri = 'https://github.com/twlint/twlint';

/** Code scanning's limits on a rule: docs.github.com, "SARIF support for code scanning", reportingDescriptor. */
const maxDescription = 1024;
const maxName = 255;

/** These are faults of operation, not of security, so there is no `security-severity`. */
const problemSeverity: Record<Severity, string> = {
  error: 'error',
  warning: 'warning',
  note: 'recommendation',
};

/** `remedy`: the lines that bring about what the fix says. */
export function reportingDescriptor(rule: RuleInfo, remedy: readonly string[]): ReportingDescriptor {
  const title = sentence(rule.title) || printable(rule.id);
  const why = paragraphs(rule.why).join('\n\n') || title;
  return {
    id: printable(rule.id),
    name: nameOf(rule),
    shortDescription: { text: shortened(plain(title), maxDescription) },
    fullDescription: { text: shortened(plain(why), maxDescription) },
    help: { text: plain(helpText(rule, why, remedy)), markdown: helpMarkdown(rule, why, remedy) },
    helpUri: helpUri(rule),
    defaultConfiguration: { level: rule.severity },
    properties: {
      tags: tags(rule),
      // A rule is evaluated only where every fact that it reads was collected: it has seen what it reports.
      precision: 'high',
      'problem.severity': problemSeverity[rule.severity],
    },
  };
}

/** `timewait/tw-recycle-with-nat` is `TwRecycleWithNat`. */
function nameOf({ name, id }: RuleInfo): string {
  const words = (name.split('/').at(-1) ?? '').split(/[^A-Za-z0-9]+/).filter((word) => word !== '');
  const pascal = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
  return shortened(pascal || printable(id), maxName);
}

/** The folder of a rule is its topic. */
function tags({ name }: RuleInfo): string[] {
  const [topic = ''] = name.split('/').slice(0, -1).map(sentence);
  return [...new Set([topic, 'linux', 'network', 'reliability'])].filter((tag) => tag !== '');
}

/** Returns the link to a rule's documentation: each rule of twlint's own families has a page; others bring a link. */
function helpUri({ id, references }: RuleInfo): string {
  if (/^(TW|LS|CT|NA|IV|KA|HR|KN|BT)\d{3}$/.test(id))
    return `${informationUri}/blob/main/docs/rules/${id}.md`;
  return references.find((link) => /^https?:\/\/[\w.-]+(\/[\w.~%/#?=&+-]*)?$/.test(link)) ?? informationUri;
}

function helpText(rule: RuleInfo, why: string, remedy: readonly string[]): string {
  const { fix, falsePositives, kernels, references } = rule;
  return [
    why,
    `Fix: ${[...paragraphs(fix.text), ...remedy].join('\n')}`,
    ...(fix.risk ? [`Risk: ${paragraphs(fix.risk).join('\n')}`] : []),
    ...(falsePositives ? [`No defect when: ${paragraphs(falsePositives).join('\n')}`] : []),
    ...(kernels ? [`Kernels: ${sentence(kernels)}`] : []),
    ...(references.length > 0 ? [`See:\n${references.map(sentence).join('\n')}`] : []),
  ].join('\n\n');
}

function helpMarkdown(rule: RuleInfo, why: string, remedy: readonly string[]): string {
  const { fix, falsePositives, kernels, references } = rule;
  return [
    `## Why\n\n${withoutHtml(why)}`,
    `## Fix\n\n${withoutHtml(paragraphs(fix.text).join('\n\n'))}`,
    ...(remedy.length > 0 ? [fenced(remedy, 'sh')] : []),
    ...(fix.risk ? [`**Risk**: ${withoutHtml(paragraphs(fix.risk).join('\n\n'))}`] : []),
    ...(falsePositives
      ? [`**No defect when**: ${withoutHtml(paragraphs(falsePositives).join('\n\n'))}`]
      : []),
    ...(kernels ? [`**Kernels**: ${withoutHtml(sentence(kernels))}`] : []),
    ...(references.length > 0 ? [`## See\n\n${references.map(listItem).join('\n')}`] : []),
  ].join('\n\n');
}

const listItem = (text: string): string => `- ${withoutHtml(sentence(text))}`;

/** SARIF 2.1.0, 3.11.4.2: a message has no HTML. What would open a tag (`<iface>`) is escaped; `< 4.12` is not. */
const withoutHtml = (text: string): string => text.replace(/<(?=[a-z/!?])/gi, '\\<');
