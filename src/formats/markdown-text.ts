/** Markdown in which what a host says is text: of CommonMark, GitHub's and GitLab's. */

/** Text that Markdown shows as it is, without HTML (SARIF 2.1.0, 3.11.4.2); GitHub's makes links of bare addresses, too. */
export const inMarkdown = (text: string): string =>
  text.replace(/[\\`*_[\]<>~|&#!]/g, '\\$&').replace(/(?<=:)(?=\/\/)|(?<=\bwww)(?=\.)/gi, ' ');

/** The same for a comment, where a name calls a person, and a number another issue: escaped or not. */
export const inComment = (text: string): string =>
  inMarkdown(text.replace(/@(?=[\w-])|#(?=\d)|\bGH-(?=\d)/gi, '$& ').replace(/(?<=\w)@/g, ' @'));

/** A block of code, fenced so that no line of it can end it. */
export function fenced(lines: readonly string[], language: string): string {
  const runs = lines.join('\n').match(/`+/g) ?? [];
  const fence = '`'.repeat(Math.max(2, ...runs.map((run) => run.length)) + 1);
  return `${fence}${language}\n${lines.join('\n')}\n${fence}`;
}
