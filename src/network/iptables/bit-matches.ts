/** The matches of iptables that look at bits: `--tcp-flags`, `--ctstatus`. */

import type { WordTable } from '../../word-table.ts';
import { CT_STATUS, TCP_FLAGS, testBits } from '../bit-fields.ts';
import { or32, parseNumber } from '../fields.ts';
import type { Match } from '../ruleset.ts';

/** FIN, SYN, RST, PSH, ACK, URG: iptables 1.8.9, libxt_tcp.c, knows no others. */
const ALL_TCP_FLAGS = 0x3f;

/** Reads `FIN,SYN,RST,ACK SYN`, and `0x17 0x02`, as `iptables -L` prints it. */
export function tcpFlags(looked: string, wanted: string, not: boolean): Match[] | null {
  const [mask, value] = [looked, wanted].map((text) =>
    text === 'ALL' ? ALL_TCP_FLAGS : bitsOf(text, TCP_FLAGS.names),
  );
  if (mask == null || value == null) return null;
  const match = testBits(TCP_FLAGS, not ? '!=' : '==', mask, value);
  return match && [match];
}

/** Reads `ASSURED,CONFIRMED`. Without a connection, neither the match nor its negation holds (xt_conntrack.c). */
export function connectionStatus(text: string, not: boolean): Match[] | null {
  const bits = bitsOf(text, CT_STATUS.names);
  const match = bits === null ? null : testBits(CT_STATUS, not ? '!' : 'in', 0xffffffff, bits);
  return match && [{ kind: 'state', states: ['NEW'], not: false }, match];
}

/** Reads names with commas, or a number. */
function bitsOf(text: string, names: WordTable<number>): number | null {
  if (text === 'NONE') return 0;
  const bits = text.split(',').map((word) => parseNumber(word) ?? names[word.toLowerCase()] ?? null);
  return bits.every((bit) => bit !== null) ? bits.reduce((a, b) => or32(a, b)) : null;
}
