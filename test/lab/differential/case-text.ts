/** A case as a person reads it, and as a file that can be run again: a heading for each program, then what it is fed. */
import type { Case } from './case.ts';

const PACKETS = 'packets';

export function writeCase({ version, sets, legacy, nft, nftables, packets }: Case): string {
  const tool = toolOf(version);
  const parts = [
    ['ipset restore', sets],
    [`${tool}-legacy-restore`, legacy],
    [`${tool}-nft-restore`, nft],
    ['nft -f -', nftables],
    [PACKETS, packets.map((packet) => JSON.stringify(packet)).join('\n')],
  ] as const;
  return parts
    .filter(([, text]) => text.trim() !== '')
    .map(([name, text]) => `## ${name}\n${text.replace(/\n*$/, '\n')}`)
    .join('\n');
}

const toolOf = (version: Case['version']) => (version === 4 ? 'iptables' : 'ip6tables');

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
  const packets = (parts.get(PACKETS) ?? '').split('\n').map((line) => JSON.parse(line));
  const version = packets[0].source.includes(':') ? 6 : 4;
  return {
    version,
    sets: parts.get('ipset restore') ?? '',
    legacy: parts.get(`${toolOf(version)}-legacy-restore`) ?? '',
    nft: parts.get(`${toolOf(version)}-nft-restore`) ?? '',
    nftables: parts.get('nft -f -') ?? '',
    packets,
  };
}
