/**
 * `tcp sport . tcp dport { 0-65535 . 80, 80 . 0-65535 }`: the words that nft (1.0.6 with libxtables 1.8.9) has for
 * iptables' `--ports 80`, for its opposite `! --ports 80`, and for `--ports 80:90` with its two ends alone.
 */
import type { Json } from '../../model.ts';
import { asList, asObject, tagged } from './values.ts';

/** Tells whether a match may be one of iptables' that was printed like this, and so may mean something else. */
export function mayBeEitherPort(left: Json, right: Json): boolean {
  const [kind, parts] = tagged(left);
  const fields = asList(parts).map((part) => asObject(tagged(part)[1])?.field);
  if (kind !== 'concat' || fields.join() !== 'sport,dport') return false;
  const pairs = asList(asObject(right)?.set ?? null);
  return pairs.length > 0 && pairs.every((pair) => asList(asObject(pair)?.concat ?? null).some(isAny));
}

const isAny = (ports: Json): boolean => asList(asObject(ports)?.range ?? null).join() === '0,65535';
