/** Rules as pages of a manual, in Markdown: docs/rules is made of these. */
import type { RuleInfo } from '../model.ts';
import { commandsOf } from './arrange.ts';
import { paragraphs, printable, sentence } from './printable.ts';

/** Returns the page of one rule. `file` is the rule's file, relative to the page. */
export function rulePage(rule: RuleInfo, file: string): string {
  const {
    id,
    title,
    severity,
    scope,
    why,
    fix,
    references,
    kernels,
    falsePositives,
    supersedes = [],
    yields = [],
  } = rule;
  const commands = commandsOf(fix);
  const about = [
    `**${severity}**, tried on each ${scope === 'netns' ? 'network namespace' : scope}`,
    ...(kernels === undefined ? [] : [`kernels ${sentence(kernels)}`]),
    ...(supersedes.length > 0 ? [`explains ${supersedes.map(linked).join(', ')}`] : []),
    ...(yields.length > 0 ? [`yields to ${yields.map(linked).join(', ')} on the paths themselves`] : []),
    `[its file](${file}), with its conditions and tests`,
  ];
  return `${[
    `# ${printable(id)}: ${escaped(sentence(title))}`,
    `${about.join(' · ')}`,
    '## Why',
    prose(why),
    '## Fix',
    prose(fix.text),
    ...(commands.length > 0 ? [['```sh', ...commands, '```'].join('\n')] : []),
    ...(fix.risk === undefined ? [] : [`**Risk**: ${prose(fix.risk)}`]),
    ...(falsePositives === undefined ? [] : ['## When it is no defect', prose(falsePositives)]),
    '## See',
    references.map((reference) => `- <${sentence(reference)}>`).join('\n'),
  ].join('\n\n')}\n`;
}

/** Lists all rules, by topic. */
export function ruleIndex(rules: readonly RuleInfo[]): string {
  const topics = [...new Set(rules.map(topicOf))].sort();
  const parts = topics.map((topic) =>
    [
      `## ${topic}`,
      '',
      ...rules
        .filter((rule) => topicOf(rule) === topic)
        .map((rule) => `- ${linked(rule.id)} (${rule.severity}): ${escaped(sentence(rule.title))}`),
    ].join('\n'),
  );
  const heading = `# Rules\n\n${rules.length} rules come with twlint. \`twlint explain ID\` shows one in a terminal.`;
  return `${[heading, ...parts].join('\n\n')}\n`;
}

/** The folder of a rule is its topic. */
const topicOf = ({ name }: RuleInfo): string => name.split('/').slice(0, -1).join('/') || 'others';

const linked = (id: string): string => `[${printable(id)}](${printable(id)}.md)`;

const prose = (text: string): string => paragraphs(text).map(escaped).join('\n\n');

/** The markup of Markdown, to which an underscore within a word is none. */
const MARKUP = /[<*[\]]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])/g;

/** Backticks and the text up to as many again: CommonMark, "code spans". */
const CODE = /((?<!`)(?:`(?!`)[^`]*`|``(?!`)(?:(?!``)[\s\S])*``)(?!`))/;

/** Escapes what Markdown would read as a tag, a link or emphasis; names in backticks stay as they are. */
function escaped(text: string): string {
  return text
    .split(CODE)
    .map((part, i) => (i % 2 === 1 ? part : part.replace(MARKUP, '\\$&')))
    .join('');
}
