/** Drafted intents as a file of intents. */
import type { Draft, DraftedIntent } from '../intents/draft.ts';

/** Returns the YAML of a draft, with what it says nothing of in comments. */
export function intentDraft({ intents, notKnown }: Draft): string {
  const head = [
    '# What held when this was written. Take away what need not hold; what stays is tried by',
    '# `twlint audit --intents FILE`.',
    ...(notKnown.length === 0 ? [] : ['# Of these, not all is known, and what is not known is left out:']),
    ...notKnown.map((to) => `#   ${to}`),
  ];
  if (intents.length === 0) return `${head.join('\n')}\n# Nothing was found that others reach.\n`;
  return `${head.join('\n')}\nintents:\n${intents.map(intentText).join('')}`;
}

const intentText = ({ name, from, to, expect }: DraftedIntent): string =>
  [
    `  - name: ${quoted(name)}`,
    ...(from.length === 1
      ? [`    from: ${quoted(from[0] ?? '')}`]
      : ['    from:', ...from.map((term) => `      - ${quoted(term)}`)]),
    `    to: ${quoted(to)}`,
    `    expect: { delivered: ${expect.delivered}${expect.source === undefined ? '' : `, source: ${quoted(expect.source)}`} }`,
    '',
  ].join('\n');

/** A plain scalar where YAML takes it for the same text. */
const quoted = (text: string): string =>
  /^(?!(true|false|null)$)[a-z][\w./-]*( [\w./-]+)*$/.test(text) ? text : JSON.stringify(text);
