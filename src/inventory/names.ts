/** Which names an inventory may give. A host's name becomes the name of a folder and part of fingerprints. */

const HOST_NAME = /^[\p{L}\p{N}_:][\p{L}\p{M}\p{N}_.:%+~-]{0,252}$/u;

export const HOST_NAME_HINT =
  'names are made of letters, digits and . _ - : % + ~ and begin with a letter, a digit, _ or :';

export function isHostName(name: string): boolean {
  return HOST_NAME.test(name);
}

export function isGroupName(name: string): boolean {
  return name.trim() === name && name !== '' && name.length <= 253 && !/\p{C}/u.test(name);
}

/** The text with every control character and every invisible one written out, for a terminal. */
export function visible(text: string): string {
  return text.replace(/\p{C}/gu, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`);
}

/** Whether a program can be given it as an argument and take it for what it is: an address or a user. */
export function isPlainWord(word: string): boolean {
  return !word.startsWith('-') && !/[\s\p{C}/\\"'`]/u.test(word);
}
