/** Quotes texts of hosts and rules in a playbook, so that they are literal, whatever they look like. */
import { isHostName } from '../../inventory/names.ts';
import { parseAddress } from '../../network/address-text.ts';
import { printable } from '../printable.ts';

/**
 * Quotes a text so that Ansible never takes it for a template, as a scalar of YAML that nothing in it can end. PyYAML
 * takes few characters as they are, and no halves of surrogate pairs at all: those are shown as elsewhere.
 */
export const literal = (text: string): string => `!unsafe "${text.replace(/[^ !$-[\]-~]/gu, escaped)}"`;

function escaped(character: string): string {
  if (/^(?!\p{Default_Ignorable_Code_Point})[\p{L}\p{N}]$/u.test(character) && character.length === 1)
    return character;
  if (character === '"' || character === '\\') return `\\${character}`;
  // biome-ignore lint/style/noNonNullAssertion: a match is not empty
  const code = character.codePointAt(0)!;
  const hex = code.toString(16);
  if (/\p{Cs}/u.test(character)) return `\\${printable(character)}`;
  if (code <= 0xff) return `\\x${hex.padStart(2, '0')}`;
  return code <= 0xffff ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`;
}

/**
 * Tells whether Ansible reads the name as one pattern, in which nothing stands for several hosts (2.14,
 * inventory/manager.py): a colon separates two, but for those of an IPv6 address.
 */
export const isOnePattern = (name: string): boolean =>
  isHostName(name) && (!name.includes(':') || parseAddress(name) !== null);
