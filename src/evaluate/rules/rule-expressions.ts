import type { Expression, Language } from '../expression/expression.ts';
import { isPrintable, type Message, messageOf, splitMessage } from '../expression/message.ts';
import type { RuleDocument, Section } from './rule-document.ts';

/** Part of an entry's text that is an expression. */
interface Part {
  key: string;
  /** The entry's whole text, and the offset in it at which the expression begins. */
  whole: string;
  text: string;
  at: number;
}

export function readCondition(
  key: 'when' | 'assert' | 'noteWhen',
  top: Section,
  document: RuleDocument,
  language: Language,
): Expression | null {
  const text = top.text(key);
  if (text === null) return null;
  const expression = compiled({ key, whole: text, text, at: 0 }, document, language);
  if (expression !== null && expression.type !== 'bool')
    document.fail(
      [key],
      `${key} should be true or false, and is ${expression.type}`,
      'compare it with something',
    );
  return expression;
}

export function readMessage(top: Section, document: RuleDocument, language: Language): Message | null {
  const whole = top.text('message');
  if (whole === null) return null;
  const parts = splitMessage(whole);
  if (parts === null) {
    document.fail(['message'], 'the braces of message do not close', 'write {{ expression }}');
    return null;
  }
  const made = parts.map(({ text, at, isExpression }) =>
    isExpression ? messagePart({ key: 'message', whole, text, at }, document, language) : text,
  );
  return made.every((part) => part !== null) ? messageOf(made) : null;
}

function messagePart(part: Part, document: RuleDocument, language: Language): Expression | null {
  const expression = compiled(part, document, language);
  if (expression === null || isPrintable(expression.type)) return expression;
  const message = `${expression.type} can't be said in a sentence`;
  document.failWithin([part.key], part.whole, part.at, message, 'name a field of it');
  return null;
}

function compiled(
  { key, whole, text, at }: Part,
  document: RuleDocument,
  language: Language,
): Expression | null {
  const result = language.compile(text, key === 'message' ? 'text' : 'value');
  if (result.ok) return result.expression;
  for (const error of result.errors)
    document.failWithin([key], whole, at + error.at, error.message, error.hint);
  return null;
}
