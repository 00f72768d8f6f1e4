/** Values that are equal, held once. */
import { hash } from 'node:crypto';

/**
 * Returns a function that returns the value that was given before with the same key, or else this one: hosts of a fleet
 * are much alike, and what they have in common is held once. Nothing is held for longer than somebody else holds it.
 *
 * @param kept what to hold of a value that is the first of its kind
 */
export function sharing<T extends object>(
  keyOf: (value: T) => string,
  kept: (value: T) => T = (value) => value,
): (value: T) => T {
  const held = new Map<string, WeakRef<T>>();
  const released = new FinalizationRegistry<string>((key) => {
    if (held.get(key)?.deref() === undefined) held.delete(key);
  });
  return (value) => {
    const key = keyOf(value);
    const before = held.get(key)?.deref();
    if (before !== undefined) return before;
    const first = kept(value);
    held.set(key, new WeakRef(first));
    released.register(first, key);
    return first;
  };
}

/** Returns a key that is equal for equal plain values of one type, and for no others. */
export const structureKey = (value: unknown): string => hash('sha256', printed(value), 'base64');

/** Of what has IPv6 addresses, which are bigints, each value has to be looked at. */
function printed(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch {
    return JSON.stringify(value, (_, inner: unknown) => (typeof inner === 'bigint' ? `${inner}n` : inner));
  }
}
