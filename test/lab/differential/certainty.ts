/**
 * How sure an answer is. What hangs on chance, on a hash, or on what no listing shows can't be known; undecided where
 * the kernel is deterministic is a fault.
 */
import type { Outcome, PacketClass } from '../../../src/network/walk/outcomes.ts';

/** `sure`: one outcome, as `forwarded, source translated`. `open`: more can't be known. Else the reasons for not knowing. */
export type Certainty =
  | { is: 'sure'; outcome: string }
  | { is: 'open' }
  | { is: 'undecided'; reasons: string[] };

/** Doubts about what is not in any listing. */
const NOT_LISTED: readonly RegExp[] = [
  // of chains of one priority, the one that was registered last; nothing lists when they were
  /^which is asked first: /,
  // a pool's address is drawn by a hash with a secret of the kernel's
  /^which (source|destination) (address|port) the kernel chose/,
  /^whether the kernel chose another address/,
  // what packets before have left behind
  /^(-m )?(limit|recent|hashlimit|quota) /,
  /^numgen random /,
  // no collector asks `ip maddress`
  /^who has joined the multicast group/,
];

export function certaintyOf(parts: readonly PacketClass[]): Certainty {
  const outcomes = parts.flatMap((part) => part.outcomes);
  const [first] = outcomes;
  if (first && parts.length === 1 && outcomes.length === 1 && isOne(first))
    return { is: 'sure', outcome: outcomeText(first) };
  const doubts = outcomes.flatMap((outcome) => outcome.doubts).filter(isKnowable);
  const untold = outcomes.flatMap(sides).flatMap((it) => (it?.kind === 'unknown' ? [it] : []));
  const texts = [...new Set([...doubts, ...untold].map(({ reason }) => reason))];
  if (texts.length > 0) return { is: 'undecided', reasons: texts };
  return outcomes.every((outcome) => outcome.doubts.length > 0 || isDrawn(outcome))
    ? { is: 'open' }
    : { is: 'undecided', reasons: ['no doubt says why'] };
}

function outcomeText({ verdict, source, destination, ports }: Outcome): string {
  if (verdict !== 'forwarded' && verdict !== 'delivered') return verdict;
  const translated = [source && 'source', (destination ?? ports.destination) && 'destination'];
  const sides = translated.filter((side) => side !== null);
  return sides.length === 0 ? verdict : `${verdict}, ${sides.join(' and ')} translated`;
}

const isOne = (outcome: Outcome) =>
  outcome.verdict !== 'unknown' && !isDrawn(outcome) && sides(outcome).every((it) => it?.kind !== 'unknown');

const sides = ({ source, destination }: Outcome) => [source, destination];

/** Whether the kernel draws the address, or the port that it is sent to. */
const isDrawn = (outcome: Outcome) =>
  sides(outcome).some((it) => it?.kind === 'pool') || hasSeveral(outcome.ports.destination);

const hasSeveral = (ports: Outcome['ports']['destination']) =>
  ports !== null && (ports.length > 2 || ports[0] !== ports[1]);

const isKnowable = ({ cause, reason }: Outcome['doubts'][number]) =>
  cause === 'unknown' && !NOT_LISTED.some((known) => known.test(reason));
