/** What is drawn: a router's settings, rules for each back end, and packets to send through them. */
import fc from 'fast-check';
import { drawIptables } from './draw-iptables.ts';
import { drawSets } from './draw-iptables-matches.ts';
import { drawNft } from './draw-nft.ts';
import { drawPackets, PACKETS } from './draw-packets.ts';
import { drawRouting } from './draw-routing.ts';
import { drawServices } from './draw-services.ts';
import { batch, ROUTERS, type RouterKind, setting } from './layout.ts';
import { type SentPacket, versionOf } from './packet.ts';
import { type Version, VIRTUAL, virtualAddress } from './universe.ts';

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
  /** Of IPVS: this machine's kernel may have none. */
  services: string;
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

const NO_RULES = { legacy: '', legacy6: '', nft: '', nft6: '', services: '' };

/** The same with virtual services of IPVS, for whose addresses every second packet is. */
const drawServed = (kind: RouterKind): fc.Arbitrary<Case> =>
  fc.tuple(drawCase(kind), fc.boolean()).chain(([drawn, conntrack]) => {
    const version = versionOf(drawn.packets[0]!);
    const virtual = fc.array(virtualAddress(version), { minLength: PACKETS, maxLength: PACKETS });
    return fc.record({ drawn: fc.constant(drawn), services: drawServices(version), virtual }).map(
      ({ services, virtual }): Case => ({
        ...drawn,
        services,
        setup: [...served(version, conntrack), drawn.setup].join('\n'),
        packets: drawn.packets.map((packet, i) =>
          i % 2 === 0 && versionOf(packet) === version ? { ...packet, destination: virtual[i]! } : packet,
        ),
      }),
    );
  });

/** The addresses of services are the router's own, and conntrack sees their packets or not. */
const served = (version: Version, conntrack: boolean): string[] => [
  setting('net.ipv4.vs.conntrack', conntrack ? 1 : 0),
  ...batch(
    version,
    VIRTUAL[version].map((address) => `addr add ${address}/${version === 4 ? 32 : 128} dev in0`),
  ),
];

/** The router that a seed's case is for, so that each of the two has its own seeds. */
export const kindOf = (seed: number): RouterKind => ROUTERS[Math.abs(seed) % ROUTERS.length]!;

/** The case of a seed: the same wherever it is drawn. */
export const caseOf = (seed: number): Case => drawnBy(seed, drawCase);

/** The case of a seed for a kernel with IPVS. */
export const servedCaseOf = (seed: number): Case => drawnBy(seed, drawServed);

function drawnBy(seed: number, draw: (kind: RouterKind) => fc.Arbitrary<Case>): Case {
  const [drawn] = fc.sample(draw(kindOf(seed)), { seed, numRuns: 1, unbiased: true });
  return drawn!;
}
