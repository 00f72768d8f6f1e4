/** Rules of every extension, in test/network/iptables/extensions.rules: nothing of them gets lost. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { optionsOfRule, parseIptablesSave } from '../../src/network/iptables/save.ts';
import { optionTokens, printTokens, tokenize } from '../../src/network/iptables/tokens.ts';
import { allRules } from '../../src/network/nat-rules.ts';
import { describeWhere } from '../needs.ts';

const RULES = readFileSync(join(import.meta.dirname, 'iptables/extensions.rules'), 'utf8')
  .trim()
  .split('\n');

/** The rule, read and written. */
function rewritten(line: string): string {
  const { chain, list } = optionsOfRule(line)!;
  return printTokens(['-A', chain, ...optionTokens(list)]);
}

const table = (rules: string[]) =>
  `*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:OTHER - [0:0]\n${rules.join('\n')}\nCOMMIT\n`;

describe('words', () => {
  it.each(RULES)('%s', (rule) => {
    expect(tokenize(rewritten(rule))).toEqual(tokenize(rule));
  });

  it('what is written is read back', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: fc.constantFrom('a', '-', '"', "'", '\\', ' ', '!', '\t', '/') })),
        (list) => {
          expect(tokenize(printTokens(list))).toEqual(list);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('an open quote is refused', () => {
    expect(() => tokenize('--comment "half')).toThrow('a quote is not closed');
  });
});

describe('matches', () => {
  const rules = [
    ...allRules(parseIptablesSave(table(RULES), { backend: 'legacy', family: 'ip', origin: 'it' })),
  ];

  /** Asked for nothing: the rule holds for all packets, or its options are known to be no condition. */
  const UNCONDITIONAL = /^-A INPUT( -m comment --comment ("[^"\\]*(\\.[^"\\]*)*"|\S+))?( -j .*)?$/;

  it.each(rules.map(({ rule }) => [rule.text, rule] as const))(
    '%s is a condition, understood or not',
    (text, rule) => {
      const asked = rule.steps.flatMap(({ when }) => when).length;
      expect(asked > 0).toBe(!UNCONDITIONAL.test(text));
    },
  );
});

describeWhere(
  { root: true, programs: ['unshare', 'iptables-nft-restore', 'iptables-nft-save'] },
  'iptables itself',
  () => {
    const inside = (script: string, input: string) =>
      execFileSync('unshare', ['-n', 'sh', '-c', script], {
        input,
        encoding: 'utf8',
        stdio: ['pipe', 'pipe', 'ignore'],
        env: { PATH: `${process.env.PATH}:/usr/sbin:/sbin` },
      });
    const saved = (text: string) =>
      inside('iptables-nft-restore && iptables-nft-save -t filter', text)
        .split('\n')
        .filter((line) => line.startsWith('-A'));
    /** Kernels differ in what they support. */
    const loadable = RULES.filter((rule) => {
      try {
        return saved(table([rule])).length === 1;
      } catch {
        return false;
      }
    });

    it('understands each rule as we write it, as the same rule', () => {
      expect(loadable.length).toBeGreaterThan(RULES.length / 2);
      const lines = saved(table(loadable));
      expect(lines).toHaveLength(loadable.length);
      expect(saved(table(lines.map(rewritten)))).toEqual(lines);
    });
  },
);
