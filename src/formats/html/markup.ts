/** HTML in which nothing that a host, an inventory or a rule says is markup: what is put into it is escaped. */
import { printable } from '../printable.ts';

/** HTML that is ready: `html` makes it, and nothing else. */
export interface Markup {
  readonly markup: string;
}

type Part = string | number | null | Markup | readonly Markup[];

/** Puts values between pieces of HTML: texts printable and escaped, markup as it is, null as nothing. */
export const html = (pieces: TemplateStringsArray, ...parts: readonly Part[]): Markup => ({
  markup: pieces.map((piece, i) => piece + written(parts[i] ?? null)).join(''),
});

function written(part: Part): string {
  if (part === null) return '';
  if (typeof part === 'number') return String(part);
  if (typeof part === 'string') return escapedText(part);
  return isMarkup(part) ? part.markup : part.map(({ markup }) => markup).join('');
}

const isMarkup = (part: Markup | readonly Markup[]): part is Markup => 'markup' in part;

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Returns text that means itself in HTML and XML, within an attribute, too. */
const escapedText = (text: string): string =>
  printable(text).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');

/** HTML of our own that is in a file of its own: style and script. */
export const asMarkup = (markup: string): Markup => ({ markup });
