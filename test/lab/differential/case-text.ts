/** A case as a person reads it, and as a file that can be run again: a heading for each program, then what it is fed. */
import type { Case } from './case.ts';

const PACKETS = 'packets';
/** Stands above a case for the plain router, without text. */
const PLAIN = 'plain router';

/** The parts of a case that are text, by their heading. */
export const TEXTS = [
  ['sh -e', 'setup'],
  ['ipset restore', 'sets'],
  ['iptables-legacy-restore', 'legacy'],
  ['ip6tables-legacy-restore', 'legacy6'],
  ['iptables-nft-restore', 'nft'],
  ['ip6tables-nft-restore', 'nft6'],
  ['nft -f -', 'nftables'],
  ['ipvsadm --restore', 'services'],
] as const;

export type TextPart = (typeof TEXTS)[number][1];

export function writeCase(drawn: Case): string {
  const packets = drawn.packets.map((packet) => JSON.stringify(packet)).join('\n');
  const texts = TEXTS.map(([heading, part]) => [heading, drawn[part]] as const);
  const plain = drawn.kind === 'plain' ? `## ${PLAIN}\n\n` : '';
  const parts = [...texts, [PACKETS, packets] as const]
    .filter(([, text]) => text.trim() !== '')
    .map(([heading, text]) => `## ${heading}\n${text.replace(/\n*$/, '\n')}`)
    .join('\n');
  return plain + parts;
}

/** The reverse; what stands before the first heading says what the case is about. */
export function readCase(text: string): Case {
  const parts = new Map(
    text
      .split(/^## /m)
      .slice(1)
      .map((part) => {
        const [name = '', ...lines] = part.split('\n');
        return [name, lines.join('\n').trim()] as const;
      }),
  );
  const known = new Set<string>([...TEXTS.map(([heading]) => heading), PACKETS, PLAIN]);
  const odd = [...parts.keys()].find((heading) => !known.has(heading));
  if (odd !== undefined) throw new Error(`a case has no part ${odd}`);
  const texts = TEXTS.map(([heading, part]) => [part, parts.get(heading) ?? ''] as const);
  return {
    kind: parts.has(PLAIN) ? 'plain' : 'ruled',
    ...(Object.fromEntries(texts) as Record<TextPart, string>),
    packets: (parts.get(PACKETS) ?? '').split('\n').map((line) => JSON.parse(line)),
  };
}
