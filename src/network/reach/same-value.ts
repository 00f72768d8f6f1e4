/** Fields that decide nothing about packets: the place of a text, and the connections that a server has. */
const BESIDE: ReadonlySet<string> = new Set(['line', 'origin', 'active', 'inactive']);

/** Tells whether plain values say the same of packets. */
export function isSameValue(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b))
    return (
      Array.isArray(a) &&
      Array.isArray(b) &&
      a.length === b.length &&
      a.every((one, i) => isSameValue(one, b[i]))
    );
  const [then, now] = [fieldsOf(a), fieldsOf(b)];
  return (
    then.length === now.length &&
    then.every(([key, one]) => key in b && isSameValue(one, b[key as keyof typeof b]))
  );
}

const fieldsOf = (value: object): [string, unknown][] =>
  Object.entries(value).filter(([key, one]) => one !== undefined && !BESIDE.has(key));
