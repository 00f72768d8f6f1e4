import type { Source } from './model.ts';

/**
 * Returns the place in a file of the character at an offset of a YAML scalar's value. Folding, indentation and block
 * styles only change the blanks of a scalar, so the characters that are no blanks are counted, in the value and then
 * in the file. `begin` is where the scalar's text begins, after a quote.
 */
export function positionInScalar(file: string, begin: Source, value: string, at: number): Source {
  const lines = file.split(/\r\n?|\n/);
  let wanted = countOf(value.slice(0, at));
  const isAtEnd = value.slice(at).trim() === '';
  if (isAtEnd && wanted > 0) wanted -= 1;
  const quote = lines[begin.line - 1]?.charAt(begin.column - 2) ?? '';
  for (let row = begin.line - 1; row < lines.length; row++) {
    const start = row === begin.line - 1 ? begin.column - 1 : 0;
    for (const unit of units(lines[row] ?? '', start, quote)) {
      if (unit.blank) continue;
      if (wanted === 0) return { ...begin, line: row + 1, column: unit.column + (isAtEnd ? unit.length : 0) };
      wanted -= 1;
    }
  }
  return begin;
}

function countOf(text: string): number {
  return text.replaceAll(/\s/g, '').length;
}

/** The characters of a line as the scalar means them: `''` is one in single quotes, `\\n` is a blank in double ones. */
function* units(line: string, start: number, quote: string) {
  const style = STYLES[quote] ?? PLAIN;
  for (const { 0: text, index } of line.matchAll(style.unit)) {
    if (index >= start) yield { column: index + 1, length: text.length, blank: style.blank.test(text) };
  }
}

const PLAIN = { unit: /./g, blank: /^\s$/ };
const STYLES: Record<string, typeof PLAIN> = {
  "'": { unit: /''|./g, blank: /^\s$/ },
  '"': { unit: /\\(?:x..|u.{4}|U.{8}|.|$)|./g, blank: /^(?:\s|\\[nrt ]|\\)$/ },
};
