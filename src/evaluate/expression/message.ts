import type { Expression } from './expression.ts';
import type { Read } from './reads.ts';

/** A message: words, and expressions in `{{ }}` between them. */
export interface Message {
  reads: Read[];
  /** What can't be told stands in it as such: a finding is not lost for its words. */
  render(context: Record<string, unknown>): string;
}

/** The text's parts: words, and what stands in braces with its offset. Null: braces that do not close. */
export function splitMessage(text: string): { text: string; at: number; isExpression: boolean }[] | null {
  const parts: { text: string; at: number; isExpression: boolean }[] = [];
  let at = 0;
  for (const match of text.matchAll(/\{\{([\s\S]*?)\}\}/g)) {
    parts.push({ text: text.slice(at, match.index), at, isExpression: false });
    parts.push({ text: match[1]!, at: match.index + 2, isExpression: true });
    at = match.index + match[0].length;
  }
  parts.push({ text: text.slice(at), at, isExpression: false });
  return parts.some((part) => !part.isExpression && /\{\{|\}\}/.test(part.text)) ? null : parts;
}

export function messageOf(parts: readonly (string | Expression)[]): Message {
  return {
    reads: parts.flatMap((part) => (typeof part === 'string' ? [] : part.reads)),
    render: (context) =>
      parts
        .map((part) => (typeof part === 'string' ? part : rendered(part, context)))
        .join('')
        .trim(),
  };
}

function rendered(expression: Expression, context: Record<string, unknown>): string {
  const result = expression.evaluate(context);
  return result.ok ? inWords(result.value) : `(unknown: ${result.reason})`;
}

function inWords(value: unknown): string {
  return Array.isArray(value) ? value.map(inWords).join(', ') : String(value);
}

/** Whether a value of this type can stand in a sentence. */
export function isSayable(type: string): boolean {
  return /^(?:list<)*(?:int|double|string|bool|dyn)>*$/.test(type) || type === 'list';
}
