/**
 * The characters that must never reach a terminal, a web page or a log as they are: control characters (C0, DEL, C1),
 * invisible and direction-changing ones (Unicode category Cf and whatever a screen leaves out by default), line and
 * paragraph separators, halves of surrogate pairs, and noncharacters.
 */
const unprintable =
  /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}]/gu;

/** Returns the text with everything that a screen would act upon, rather than show, written out: `\x1b`, `\u202e`. */
export function printable(text: string): string {
  return text.replaceAll('\t', ' ').replace(unprintable, escaped);
}

/** Prose of one paragraph: printable, on one line, with single spaces. */
export function sentence(text: string): string {
  return printable(text.replace(/[ \t\r\n]+/g, ' ').trim());
}

/** Prose of several paragraphs, as rules have it: a line break separates two. */
export function paragraphs(text: string): string[] {
  return text
    .split(/\n+/)
    .map(sentence)
    .filter((paragraph) => paragraph !== '');
}

/** Returns at most `length` characters, with `...` where something was cut. */
export function shortened(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 3).replace(/[\ud800-\udbff]$/, '')}...`;
}

function escaped(character: string): string {
  // biome-ignore lint/style/noNonNullAssertion: a match is not empty
  const code = character.codePointAt(0)!;
  const hex = code.toString(16);
  if (code <= 0xff) return `\\x${hex.padStart(2, '0')}`;
  return code <= 0xffff ? `\\u${hex.padStart(4, '0')}` : `\\u{${hex}}`;
}

/** `1 host`, `3 hosts` */
export const counted = (sum: number, noun: string): string => `${sum} ${noun}${sum === 1 ? '' : 's'}`;
