/** What is drawn: a router's settings, rules for each back end, and packets to send through them. */
import fc from 'fast-check';
import { drawIptables } from './draw-iptables.ts';
import { drawSets } from './draw-iptables-matches.ts';
import { drawNft } from './draw-nft.ts';
import { drawPackets } from './draw-packets.ts';
import { drawRouting } from './draw-routing.ts';
import { ROUTERS, type RouterKind } from './layout.ts';
import type { SentPacket } from './packet.ts';
import type { Version } from './universe.ts';

export interface Case {
  /** The router that it is for. */
  kind: RouterKind;
  /** Run by sh in the router before all else. */
  setup: string;
  /** What each program gets; '' for nothing. */
  sets: string;
  legacy: string;
  legacy6: string;
  nft: string;
  nft6: string;
  nftables: string;
  packets: Omit<SentPacket, 'id'>[];
}

const BACKENDS = ['legacy', 'nft', 'nftables', 'legacy', 'nft', 'nftables', 'both', 'nft+', 'two'] as const;

export const drawCase = (kind: RouterKind): fc.Arbitrary<Case> =>
  fc
    .tuple(fc.constantFrom<Version>(4, 4, 4, 6), fc.constantFrom(...BACKENDS))
    .chain(([version, backends]) => {
      const none = fc.constant('');
      const iptables = (with_: boolean) => (with_ ? drawIptables(version) : none);
      const nftables =
        backends === 'nftables' || backends === 'nft+'
          ? drawNft(version, 'mine')
          : backends === 'two'
            ? fc.tuple(drawNft(version, 'mine'), drawNft(version, 'yours')).map((texts) => texts.join(''))
            : none;
      return fc
        .record({
          sets: drawSets(version),
          legacy: iptables(backends === 'legacy' || backends === 'both'),
          nft: iptables(backends === 'nft' || backends === 'both' || backends === 'nft+'),
          nftables,
          setup: fc.oneof(none, drawRouting(kind, version)),
          packets: drawPackets(kind, version),
        })
        .map(({ sets, legacy, nft, ...rest }): Case => {
          const asked = /--match-set/.test(legacy + nft);
          const of = version === 4 ? { legacy, nft } : { legacy6: legacy, nft6: nft };
          return { kind, sets: asked ? sets : '', ...NO_RULES, ...of, ...rest };
        });
    });

const NO_RULES = { legacy: '', legacy6: '', nft: '', nft6: '' };

/** The router that a seed's case is for, so that each of the two has its own seeds. */
export const kindOf = (seed: number): RouterKind => ROUTERS[Math.abs(seed) % ROUTERS.length]!;

/** The case of a seed: the same wherever it is drawn. */
export function caseOf(seed: number): Case {
  const [drawn] = fc.sample(drawCase(kindOf(seed)), { seed, numRuns: 1, unbiased: true });
  return drawn!;
}
