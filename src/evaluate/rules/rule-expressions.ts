import type { Section, YamlDocument } from '../../yaml-document.ts';
import type { Expression, Language } from '../expression/expression.ts';
import { isPrintable, type Message, messageOf, splitMessage } from '../expression/message.ts';

type Path = readonly (string | number)[];

/** Part of an entry's text that is an expression. */
interface Part {
  path: Path;
  /** The entry's whole text, and the offset in it at which the expression begins. */
  whole: string;
  text: string;
  at: number;
}

export function readCondition(
  key: 'when' | 'assert' | 'noteWhen',
  top: Section,
  document: YamlDocument,
  language: Language,
): Expression | null {
  const text = top.text(key);
  if (text === null) return null;
  return conditionAt([key], text, document, language);
}

/** Reads a text that is an expression, of true or false. */
export function conditionAt(
  path: Path,
  text: string,
  document: YamlDocument,
  language: Language,
): Expression | null {
  const expression = compiled({ path, whole: text, text, at: 0 }, document, language);
  if (expression !== null && expression.type !== 'bool')
    document.fail(
      path,
      `${path.at(-1)} should be true or false, and is ${expression.type}`,
      'compare it with something',
    );
  return expression;
}

/** Reads a text that is an expression, of a list of names. */
export function namesAt(
  path: Path,
  text: string,
  document: YamlDocument,
  language: Language,
): Expression | null {
  const expression = compiled({ path, whole: text, text, at: 0 }, document, language);
  if (expression !== null && expression.type !== 'list<string>')
    document.fail(path, `${path.at(-1)} should be a list of names, and is ${expression.type}`);
  return expression;
}

export function readMessage(top: Section, document: YamlDocument, language: Language): Message | null {
  const whole = top.text('message');
  if (whole === null) return null;
  const parts = splitMessage(whole);
  if (parts === null) {
    document.fail(['message'], 'the braces of message do not close', 'write {{ expression }}');
    return null;
  }
  const made = parts.map(({ text, at, isExpression }) =>
    isExpression ? messagePart({ path: ['message'], whole, text, at }, document, language) : text,
  );
  return made.every((part) => part !== null) ? messageOf(made) : null;
}

function messagePart(part: Part, document: YamlDocument, language: Language): Expression | null {
  const expression = compiled(part, document, language);
  if (expression === null || isPrintable(expression.type)) return expression;
  const message = `${expression.type} can't be said in a sentence`;
  document.failWithin(part.path, part.whole, part.at, message, 'name a field of it');
  return null;
}

function compiled(
  { path, whole, text, at }: Part,
  document: YamlDocument,
  language: Language,
): Expression | null {
  const result = language.compile(text, path[0] === 'message' ? 'text' : 'value');
  if (result.ok) return result.expression;
  for (const error of result.errors)
    document.failWithin(path, whole, at + error.at, error.message, error.hint);
  return null;
}
