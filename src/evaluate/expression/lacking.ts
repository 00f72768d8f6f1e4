/** Marks the parts that are missing in a fact, for the conversion of its value to CEL's. */
import type { Lacks } from '../../define.ts';
import { emptyTable } from '../../word-table.ts';
import { type FurtherEntries, type MissingPart, type Unknown, unknownFor } from './unknown.ts';

export interface Lacking {
  /** Fields and keys that are not known, or lack something. */
  parts: Readonly<Record<string, Lacking | Unknown>>;
  /** That its lists and maps may have more; `known`: the fields that are known of each item. */
  more: (FurtherEntries['others'] & { known: Readonly<Record<string, unknown>> }) | null;
  /** The reason why a number may be greater. */
  least: Unknown | null;
  /** Returns what is missing in a field. */
  of(field: string): Lacking | Unknown | null;
}

const NOTHING: Lacking = { parts: {}, more: null, least: null, of: () => null };

/** Returns null where nothing is missing. */
export function lackingIn(fact: string, lacks: Lacks): Lacking | null {
  const { unreadable = {}, unsupported = {}, within = {}, atLeast = {}, partial } = lacks;
  const parts = emptyTable<Lacking | Unknown>();
  for (const [key, inner] of Object.entries(within)) {
    const lacking = lackingIn(fact, { ...(partial !== undefined && { partial }), ...inner });
    if (lacking !== null) parts[key] = lacking;
  }
  for (const [key, reason] of Object.entries(atLeast))
    parts[key] = {
      ...NOTHING,
      least: unknownFor([{ problem: 'partial', reason: `${fact} ${key} may be more: ${reason}` }]),
    };
  for (const [key, reason] of Object.entries(unreadable)) parts[key] = unread(fact, key, 'denied', reason);
  for (const [key, reason] of Object.entries(unsupported))
    parts[key] = unread(fact, key, 'unsupported', reason);
  if (partial === undefined && Object.keys(parts).length === 0) return null;
  const more = partial === undefined ? null : moreOf(fact, partial, lacks.further ?? {});
  const inherited: Lacking | null = more && { ...NOTHING, more, of: () => inherited };
  return { parts, more, least: null, of: (field) => parts[field] ?? inherited };
}

const unread = (fact: string, key: string, problem: MissingPart['problem'], reason: string) =>
  unknownFor([{ problem, reason: `${fact} ${key} could not be read: ${reason}` }]);

function moreOf(fact: string, partial: string, known: Readonly<Record<string, unknown>>): Lacking['more'] {
  const missing = (what: string) => unknownFor([{ problem: 'partial', reason: `${what}: ${partial}` }]);
  return {
    why: missing(`${fact} is not complete`),
    of: (key) => missing(`${fact} ${key} is not known`),
    known,
  };
}
