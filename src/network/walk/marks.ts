/** Firewall marks of which some bits may be unknown. */
import { and32, not32, or32, xor32 } from '../fields.ts';

export interface Bits {
  /** The value; unknown bits are 0 here. */
  value: number;
  /** A mask with 1 for each bit that is known. */
  known: number;
}

export const ZERO: Bits = { value: 0, known: 0xffffffff };
export const UNKNOWN: Bits = { value: 0, known: 0 };
export const bits = (value: number): Bits => ({ value, known: 0xffffffff });

/** Tells whether (mark & mask) === value; null when unknown bits decide. */
export function marked(mark: Bits, value: number, mask: number): boolean | null {
  if (and32(value, not32(mask)) !== 0) return false;
  if (and32(xor32(mark.value, value), and32(mask, mark.known)) !== 0) return false;
  return and32(mask, not32(mark.known)) === 0 ? true : null;
}

/** Tells whether two marks are the same; null when unknown bits decide. */
export function sameMark(a: Bits, b: Bits): boolean | null {
  const known = and32(a.known, b.known);
  if (and32(xor32(a.value, b.value), known) !== 0) return false;
  return a === b || known === 0xffffffff ? true : null;
}

/** Returns (mark & ~mask) ^ value. */
export function setBits(mark: Bits, value: number, mask: number): Bits {
  const known = or32(mark.known, mask);
  return { value: and32(xor32(and32(mark.value, not32(mask)), value), known), known };
}

/** Returns (to & ~toMask) ^ (from & fromMask). */
export function copyBits(to: Bits, toMask: number, from: Bits, fromMask: number): Bits {
  const known = and32(or32(to.known, toMask), or32(from.known, not32(fromMask)));
  const value = xor32(and32(to.value, not32(toMask)), and32(from.value, fromMask));
  return { value: and32(value, known), known };
}
