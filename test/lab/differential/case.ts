/** What is drawn: rules for each back end, and packets to send through them. */
import fc from 'fast-check';
import { drawIptables } from './draw-iptables.ts';
import { drawSets } from './draw-iptables-rules.ts';
import { drawNft } from './draw-nft.ts';
import type { SentPacket } from './lab.ts';
import { destination, PORTS, type Protocol, SOURCE_PORTS, source, type Version } from './universe.ts';

export interface Case {
  version: Version;
  sets: string;
  /** What each back end gets; '' for nothing. */
  legacy: string;
  nft: string;
  nftables: string;
  packets: Omit<SentPacket, 'id'>[];
}

const PACKETS = 20;

export const drawCase: fc.Arbitrary<Case> = fc
  .tuple(
    fc.constantFrom<Version>(4, 4, 4, 6),
    fc.constantFrom('legacy', 'nft', 'nftables', 'legacy', 'nft', 'nftables', 'both', 'nft+', 'two'),
  )
  .chain(([version, kind]) => {
    const none = fc.constant('');
    return fc.record({
      version: fc.constant(version),
      sets: drawSets(version),
      legacy: kind === 'legacy' || kind === 'both' ? drawIptables(version) : none,
      nft: kind === 'nft' || kind === 'both' || kind === 'nft+' ? drawIptables(version) : none,
      nftables:
        kind === 'nftables' || kind === 'nft+'
          ? drawNft(version, 'mine')
          : kind === 'two'
            ? fc.tuple(drawNft(version, 'mine'), drawNft(version, 'yours')).map((texts) => texts.join(''))
            : none,
      packets: fc.uniqueArray(drawPacket(version), {
        minLength: PACKETS,
        maxLength: PACKETS,
        selector: tuple,
      }),
    });
  });

function drawPacket(version: Version): fc.Arbitrary<Omit<SentPacket, 'id'>> {
  return fc.record({
    protocol: fc.constantFrom<Protocol>(17, 17, 6),
    source: source(version),
    sourcePort: fc.constantFrom(...SOURCE_PORTS),
    destination: destination(version),
    destinationPort: fc.constantFrom(...PORTS),
  });
}

/** One connection each. */
const tuple = ({ protocol, source, sourcePort }: Omit<SentPacket, 'id'>) =>
  `${protocol} ${source} ${sourcePort}`;
