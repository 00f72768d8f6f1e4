/**
 * Each folder test/network/trace-nat/<case>/ is a case: `ruleset`, perhaps `ipset`, and `packets.jsonl`: a line for each
 * packet, with what is expected of it as `is`.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseAddress } from '../../src/network/address-text.ts';
import { protocolNumber } from '../../src/network/fields.ts';
import { readRuleset } from '../../src/network/ruleset-text.ts';
import { type NatAnswer, natTracer } from '../../src/network/trace/nat.ts';

interface Asked {
  src: string;
  dst: string;
  proto?: string;
  sport?: number;
  dport?: number;
  mark?: number;
  in?: string;
  out?: string;
  out_address?: string;
  is: { action: NatAnswer['action']; source: string | null; line: number | null; certain: boolean };
}

const CASES = join(import.meta.dirname, 'trace-nat');

for (const name of readdirSync(CASES).sort()) {
  describe(name, () => {
    const read = (file: string) => readFileSync(join(CASES, name, file), 'utf8');
    const ipset = existsSync(join(CASES, name, 'ipset'))
      ? { text: read('ipset'), origin: 'ipset' }
      : undefined;
    const trace = natTracer(readRuleset(read('ruleset'), 'ruleset', ipset));
    const lines = read('packets.jsonl').trim().split('\n');
    it.each(lines)('%s', (line) => {
      const {
        src,
        dst,
        proto,
        sport,
        dport,
        mark,
        in: input,
        out,
        out_address,
        is,
      }: Asked = JSON.parse(line);
      const answer = trace({
        source: parseAddress(src)!,
        destination: parseAddress(dst)!,
        protocol: proto === undefined ? null : protocolNumber(proto),
        sourcePort: sport ?? null,
        destinationPort: dport ?? null,
        mark: mark ?? 0,
        in: input ?? null,
        out: out ?? null,
        outAddress: out_address === undefined ? null : parseAddress(out_address),
      });
      const { rule, doubts, natAlone: _, dropped: __, ...rest } = answer;
      expect({ ...rest, line: rule?.line ?? null }).toEqual(is);
      if (!answer.certain) expect(doubts).not.toEqual([]);
    });
  });
}

describe('what is no whole ruleset is refused', () => {
  it.each([
    ['', 'empty'],
    ["# Table `nat' is incompatible, use 'nft' tool.\n", 'nft -j list ruleset'],
    ['*nat\n:POSTROUTING ACCEPT [0:0]\n', 'no COMMIT'],
    ['{"nftables": []', 'JSON'],
    ['{"rules": []}', 'no list of "nftables"'],
    ['iptables: command not found\n', 'outside of a table'],
  ])('%j', (text, why) => {
    expect(() => readRuleset(text, 'it')).toThrow(why);
  });
});
