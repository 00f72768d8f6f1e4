/** Reads what a test says is missing in its facts: `partial: [nat, sysctl.net.ipv4.ip_forward, path.server.listens]`. */
import type { Lacks, Type } from '../../define.ts';

const REASON = 'as the test has it';

/**
 * Returns what is missing in a fact. Null: it has no such entry.
 *
 * @param type the fact's
 * @param keys the words that lead to what is not known, or not whole; none: the fact is not whole
 */
export function lacksAt(type: Type, keys: readonly string[]): Lacks | null {
  const [key, ...rest] = keys;
  if (key === undefined) return mayHaveMore(type) ? { partial: REASON } : null;
  // names of settings have dots in them
  if (type.kind === 'map') return { unreadable: { [keys.join('.')]: REASON } };
  const field = type.kind === 'object' && Object.hasOwn(type.fields, key) ? type.fields[key] : undefined;
  if (field === undefined) return null;
  if (rest.length === 0 && isScalar(field)) return { unreadable: { [key]: REASON } };
  const inner = lacksAt(field, rest);
  return inner && { within: { [key]: inner } };
}

/** Tells whether there is a list or a map in it: nothing else can be known in part. */
function mayHaveMore(type: Type): boolean {
  if (type.kind === 'object') return Object.values(type.fields).some(mayHaveMore);
  return type.kind === 'list' || type.kind === 'map';
}

const isScalar = ({ kind }: Type) => kind !== 'list' && kind !== 'map' && kind !== 'object';

export function joinLacks(one: Lacks, other: Lacks): Lacks {
  const within = { ...one.within };
  for (const [key, lacks] of Object.entries(other.within ?? {}))
    within[key] = joinLacks(within[key] ?? {}, lacks);
  return { ...one, ...other, unreadable: { ...one.unreadable, ...other.unreadable }, within };
}
