import type { Expression } from './expression.ts';
import type { Read } from './reads.ts';
import { NOT_KNOWN } from './unknown-in-text.ts';

/** A message: text, and expressions in `{{ }}` between its pieces. */
export interface Message {
  /** The text as it is written. */
  text: string;
  reads: Read[];
  /** Fills in the message. What is not known stands in it as such: a finding is not lost for its message. */
  render(context: Record<string, unknown>): string;
}

/** Splits a text: plain text, and what stands in braces with its offset. Null: braces that do not close. */
export function splitMessage(text: string): { text: string; at: number; isExpression: boolean }[] | null {
  const parts: { text: string; at: number; isExpression: boolean }[] = [];
  let at = 0;
  for (const match of text.matchAll(/\{\{([\s\S]*?)\}\}/g)) {
    const [whole, inner = ''] = match;
    parts.push({ text: text.slice(at, match.index), at, isExpression: false });
    parts.push({ text: inner, at: match.index + 2, isExpression: true });
    at = match.index + whole.length;
  }
  parts.push({ text: text.slice(at), at, isExpression: false });
  return parts.some((part) => !part.isExpression && /\{\{|\}\}/.test(part.text)) ? null : parts;
}

export function messageOf(parts: readonly (string | Expression)[]): Message {
  return {
    text: parts.map((part) => (typeof part === 'string' ? part : `{{${part.text}}}`)).join(''),
    reads: parts.flatMap((part) => (typeof part === 'string' ? [] : part.reads)),
    render: (context) =>
      cut(
        parts
          .map((part) => partIn(part, context))
          .join('')
          .trim(),
        LONGEST,
      ),
  };
}

/** Characters of a message: a host with very many rules of a kind is reported, but not with all of them. */
const LONGEST = 4000;

const cut = (text: string, most: number) =>
  text.length > most ? `${text.slice(0, most).replace(/[\ud800-\udbff]$/, '')} …` : text;

function partIn(part: string | Expression, context: Record<string, unknown>): string {
  if (typeof part === 'string') return part;
  const result = part.evaluate(context);
  if (!result.ok) return result.missing === undefined ? `(unknown: ${result.reason})` : NOT_KNOWN;
  return formatValue(result.value) || (result.missing === undefined ? '' : NOT_KNOWN);
}

/** Prints a value as far as a message goes, and a little more, so that it shows that it was cut. */
function formatValue(value: unknown): string {
  const pieces: string[] = [];
  let length = 0;
  const append = (part: unknown): void => {
    if (length > LONGEST) return;
    if (Array.isArray(part)) {
      for (const each of part) append(each);
      return;
    }
    const word = String(part).slice(0, LONGEST + 1);
    pieces.push(word);
    length += word.length + ', '.length;
  };
  append(value);
  return pieces.join(', ');
}

/** Tells whether a value of this type can stand in a sentence. */
export function isPrintable(type: string): boolean {
  return /^(?:list<)*(?:int|double|string|bool|dyn)>*$/.test(type) || type === 'list';
}
