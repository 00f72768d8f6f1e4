/** `nft list ruleset` and `nft -j list ruleset` say the same of a ruleset, and are read as the same. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAddress } from '../../src/network/address-text.ts';
import { parseNftJson } from '../../src/network/nft/json.ts';
import { parseNftText } from '../../src/network/nft/text.ts';
import type { Table } from '../../src/network/ruleset.ts';
import { readRuleset } from '../../src/network/ruleset-text.ts';
import { natTracer } from '../../src/network/trace/nat.ts';
import { drawNft } from '../lab/differential/draw-nft.ts';
import { describeWhere } from '../needs.ts';

const RULESETS = join(import.meta.dirname, 'rulesets');
const END = '--twlint-end--';

/** What a network namespace with these rules prints for each command. */
function printed(load: string, input: string, ...commands: string[]): string[] {
  const script = [load, ...commands].join(`\necho ${END}\n`);
  const env = { PATH: `${process.env.PATH}:/usr/sbin:/sbin` };
  const out = execFileSync('unshare', ['--net', 'sh', '-ec', script], { input, env, encoding: 'utf8' });
  return out.split(`${END}\n`).slice(1);
}

/** All but what people read: the words of rules, and where they stand. */
const model = (tables: readonly Table[]) =>
  tables.map(({ chains, ...table }) => ({
    ...table,
    chains: [...chains.values()].map(({ rules, ...chain }) => ({
      ...chain,
      rules: rules.map(({ steps, target, packets }) => ({ steps: withoutTexts(steps), target, packets })),
    })),
  }));

const withoutTexts = (steps: unknown): unknown =>
  JSON.parse(
    JSON.stringify(steps, (key, value) =>
      key === 'text' ? '' : typeof value === 'bigint' ? `${value}` : value,
    ),
  );

/** Rules may name interfaces by their index, which only those have that are there. */
const WITH_INTERFACES = 'ip link add in0 type veth peer name out0\nnft -f -';

function expectAlike(ruleset: string): void {
  const commands = ['nft list ruleset', 'nft -j list ruleset'];
  const [text, json] = printed(WITH_INTERFACES, ruleset, ...commands) as [string, string];
  expect(model(parseNftText(text, 'text'))).toEqual(model(parseNftJson(json, 'json')));
}

describeWhere(
  { root: true, programs: ['nft', 'unshare', 'ip', 'iptables-nft-restore'] },
  'nft list ruleset',
  () => {
    const names = readdirSync(RULESETS).filter((name) => name.endsWith('.nft'));
    it.each(names)('%s', (name) => {
      expectAlike(readFileSync(join(RULESETS, name), 'utf8'));
    });

    it('drawn rulesets', () => {
      const drawn = fc.constantFrom<4 | 6>(4, 6).chain((version) => drawNft(version, 'mine'));
      fc.assert(fc.property(drawn, expectAlike), { numRuns: 60 });
    }, 60_000);

    it('rules that iptables wrote are read as iptables prints them', () => {
      const folder = join(import.meta.dirname, 'trace-nat/flannel-3.10');
      const saved = readFileSync(join(folder, 'ruleset'), 'utf8');
      const [text] = printed('iptables-nft-restore', saved, 'nft list ruleset') as [string];
      const [ofText, ofSaved] = [text, saved].map((one) => natTracer(readRuleset(one, 'it')));
      const packets = readFileSync(join(folder, 'packets.jsonl'), 'utf8').trim().split('\n');
      for (const line of packets) {
        const { src, dst, proto, sport, dport, mark, out } = JSON.parse(line);
        const packet = {
          source: parseAddress(src)!,
          destination: parseAddress(dst)!,
          protocol: proto === undefined ? null : proto === 'udp' ? 17 : 6,
          sourcePort: sport ?? null,
          destinationPort: dport ?? null,
          mark: mark ?? 0,
          in: null,
          out: out ?? null,
          outAddress: null,
        };
        const { action, source, certain } = ofText!(packet);
        expect({ action, source, certain }, line).toEqual(
          (({ action, source, certain }) => ({ action, source, certain }))(ofSaved!(packet)),
        );
      }
    });
  },
);

describe('what is no whole listing is refused, with its line', () => {
  it.each([
    ['table ip nat {\n\tchain post {\n', 'it:2: it ends too early'],
    ['table ip nat {\n}\nnft: command not found\n', 'it:3: expected table, found "nft:"'],
  ])('%j', (text, why) => {
    expect(() => parseNftText(text, 'it')).toThrow(why);
  });
});
