/**
 * Checks the names of hosts, whatever they were read from. A host's name becomes the name of a folder, part of
 * fingerprints, and a token of playbooks and scripts.
 */
import { createHash } from 'node:crypto';
import { HOST_CHARACTERS, isHostAddress } from '../network/host-name.ts';

/** The paths that may name an image or archive that has no other name. */
const PATH_NAME =
  /^(?!.*\p{Default_Ignorable_Code_Point})(?![- ])[\p{L}\p{M}\p{N}_.:%+~@=,/ -]{1,4096}(?<! )$/u;

export const HOST_NAME_HINT = `names are made of ${HOST_CHARACTERS} and begin with a letter, a digit, _ or :`;

/** Tells whether hosts may have the name. An invisible character, as U+3164, would make it look like another. */
export function isHostName(name: string): boolean {
  return isHostAddress(name) && !/\p{Default_Ignorable_Code_Point}/u.test(name);
}

/** Tells whether a host that was read at a path may be named by the path. */
export function isPathName(path: string): boolean {
  return PATH_NAME.test(path);
}

/**
 * Returns a name for a host whose own name is not allowed: the recognisable part of it, and a part that keeps it
 * distinct from other hosts.
 */
export function replacementFor(name: string): string {
  const words = name
    .replace(/[^A-Za-z0-9.-]+/g, '_')
    .replace(/^[_.-]+/, '')
    .slice(0, 40)
    .replace(/_$/, '');
  return `${words || 'unnamed'}~${createHash('sha256').update(name).digest('hex').slice(0, 8)}`;
}

export function isGroupName(name: string): boolean {
  return name.trim() === name && name !== '' && name.length <= 253 && !/\p{C}/u.test(name);
}

/** The text with every control character and every invisible one written out, for a terminal. */
export function visible(text: string): string {
  return text.replace(
    /[\p{C}\p{Default_Ignorable_Code_Point}]/gu,
    // biome-ignore lint/style/noNonNullAssertion: a match has a character
    (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`,
  );
}

/** Tells whether a program takes an argument for what it is, an address or a user. */
export function isPlainWord(word: string): boolean {
  return !word.startsWith('-') && !/[\s\p{C}/\\"'`]/u.test(word);
}
