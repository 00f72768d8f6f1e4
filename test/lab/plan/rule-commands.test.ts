/** What plan makes of commands of ip rule, against the kernel: with all that ip rule takes, added and deleted by any part of it. */
import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import type { HostEvidence } from '../../../src/model.ts';
import { overlaid } from '../../../src/plan/overlay.ts';
import { readProposal } from '../../../src/plan/proposal.ts';
import { printRuleWords, readRuleWords } from '../../../src/plan/rule-words.ts';
import { describeWhere } from '../../needs.ts';
import { type Dice, diceOf } from './dice.ts';

const COMMANDS = 150;

/** Few values of each, so that rules are alike. */
const SELECTORS = (family: 4 | 6): readonly (readonly string[])[] => [
  family === 4
    ? ['from 10.0.0.0/8', 'from 10.1.2.3/8', 'from 10.1.1.1', 'from all', 'from 0/0', 'from 10/8']
    : ['from fd00::/16', 'from fd00::1', 'from all', 'from fd00:0::1/128'],
  family === 4 ? ['to 10.0.0.0/8', 'to 10.1.1.1/32', 'to any'] : ['to fd00::/16', 'to any'],
  ['fwmark 1', 'fwmark 0x1/0xff', 'fwmark 0/0xff', 'fwmark 0', 'fwmark 0/0xffffffff', 'fwmark 3/0xff'],
  ['iif lo', 'dev lo', 'iif eth7'],
  ['oif lo', 'oif eth7'],
  ['uidrange 0-10', 'uidrange 5-10'],
  ['ipproto tcp', 'ipproto 6', 'ipproto udp'],
  ['sport 80', 'sport 80-90'],
  ['dport 80', 'dport 80-90'],
  ['tos 0x10', 'dsfield 10', 'tos 0x04'],
  ['tun_id 5', 'tun_id 7'],
  ...(family === 4 ? [['realms 3/5', 'realms 5']] : []),
  ['proto static', 'protocol boot'],
  ['not', 'not', 'not'],
];
const ACTIONS = [
  ['lookup 100', 'table main', 'lookup 254', 'lookup 7', 'table 100 suppress_prefixlength 0', 'l3mdev'],
  ['lookup main sup_pl 0', 'lookup main suppress_ifgroup 5', 'goto 300', 'goto 400', 'nop'],
  ['blackhole', 'type blackhole', 'prohibit', 'unreachable', ''],
].flat();
const PRIORITIES = ['pref 100', 'priority 100', 'prio 200', 'order 200', 'preference 0', ''];

const some = (lists: readonly (readonly string[])[], dice: Dice, of: number): string[] =>
  lists.flatMap((list) => (dice.below(of) === 0 ? [dice.of(list)] : []));

const command = (family: 4 | 6, dice: Dice): string => {
  const isAdded = dice.below(5) < 3;
  const what = some(SELECTORS(family), dice, isAdded ? 6 : 9);
  const action = isAdded || dice.below(3) === 0 ? dice.of(ACTIONS) : '';
  const words = [...what, action, dice.of(PRIORITIES)].filter((word) => word !== '');
  return `ip -${family} rule ${isAdded ? 'add' : dice.of(['del', 'delete', 'd'])} ${words.join(' ')}`;
};

/** What ip rule prints at first, and after each command, with whether ip ran it. */
function printed(family: 4 | 6, commands: readonly string[]): { ok: boolean; rules: string }[] {
  const shown = `ip -${family} rule; echo =`;
  const script = ['true', ...commands].map(
    (one) => `if ${one} 2>/dev/null; then echo ok; else echo no; fi; ${shown}`,
  );
  const text = execFileSync('unshare', ['--net', 'sh'], {
    input: script.join('\n'),
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  return text
    .split('=\n')
    .slice(0, -1)
    .map((part) => ({ ok: part.startsWith('ok'), rules: part.slice(3) }));
}

/** Null where plan refuses the command. */
function planned(family: 4 | 6, rules: string, words: string): string | null {
  const probe = family === 4 ? 'routes.rules' : 'routes.rules6';
  const host: HostEvidence = {
    host: { name: 'h', source: { file: 'hosts.yaml', line: 1, column: 1 }, groups: [], vars: {} },
    reached: { ok: true, value: null },
    evidence: [{ probe, namespace: '1', sample: 0, answer: { ok: true, value: rules } }],
  };
  try {
    const { evidence } = overlaid(host, { name: 'h', inode: '1' }, readProposal(words, '--with'));
    const [answer] = evidence.flatMap((one) =>
      one.probe === probe && one.answer.ok ? one.answer.value : [],
    );
    return answer ?? null;
  } catch {
    return null;
  }
}

/** The lines, each in one order of words: ip has names for protocols, and notes for people. */
const inOneOrder = (rules: string): string =>
  rules
    .trim()
    .split('\n')
    .map((line) => {
      const [priority = '', words = ''] = line.replace(/fwmark 0 /, 'fwmark 0/0xffffffff ').split(/:\s+/);
      return `${priority} ${printRuleWords(readRuleWords(words.trim().split(/\s+/))!)}`;
    })
    .join('\n');

describeWhere({ root: true, programs: ['ip', 'unshare'] }, 'ip rule and the kernel', () => {
  it.each([4, 6] as const)('agree on what commands for IPv%i make of the rules', (family) => {
    const dice = diceOf(family);
    const commands = Array.from({ length: COMMANDS }, () => command(family, dice));
    const states = printed(family, commands);
    const wrong = commands.flatMap((one, i) => {
      const [before, after] = [states[i]!, states[i + 1]!];
      const said = planned(family, before.rules, one);
      const isSame = after.ok ? said !== null && inOneOrder(said) === inOneOrder(after.rules) : said === null;
      return isSame
        ? []
        : [
            `${one}: ${after.ok ? after.rules : 'refused'}\nplan: ${said ?? 'refused'}\nbefore: ${before.rules}`,
          ];
    });
    expect(wrong.slice(0, 3).join('\n')).toBe('');
    const counts = [true, false].map((ok) => states.filter((one) => one.ok === ok).length);
    expect(Math.min(...counts), 'some are run and some refused').toBeGreaterThan(COMMANDS / 10);
  });
});
