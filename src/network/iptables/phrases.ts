/**
 * Reads the phrases that `iptables -L` prints behind its columns back into options. They are read from the left, and no
 * further than they are surely understood: behind that, the same tokens may stand in a comment or a string.
 */
import { wordTable } from '../../word-table.ts';

export interface Phrases {
  matches: string[];
  /** The target's options. */
  target: string[];
  goto: boolean;
  /** The text that is not understood. */
  left: string;
}

export function readPhrases(text: string, target: string): Phrases {
  const result: Phrases = { matches: [], target: [], goto: false, left: '' };
  // a comment may hold the end of one
  const comments = [text.split('/*'), text.split('*/')].map(({ length }) => length - 1);
  if (comments.some((count) => count > 1)) return withGoal({ ...result, left: text.trim() }, target);
  let left = text.trim();
  for (let found = true; found && left !== ''; ) {
    found = PHRASES.some(([pattern, write, into]) => {
      const match = pattern.exec(left);
      if (!match) return false;
      result[into].push(...write(match.slice(1)));
      left = left.slice(match[0].length).trim();
      return true;
    });
    const goal = found ? null : new RegExp(`^${GOAL.source}`).exec(left);
    if (goal && GOALS[target]) {
      const [, address = ''] = goal;
      result.target.push(GOALS[target], address);
      left = left.slice(goal[0].length).trim();
      found = true;
    }
  }
  result.goto = /^\[goto\]/.test(text.trim());
  return withGoal({ ...result, left }, target);
}

/** Adds the addresses a target sends packets to: they stand last. */
function withGoal(phrases: Phrases, target: string): Phrases {
  const found = new RegExp(`(?<= )${GOAL.source}((?: random| random-fully| persistent)*)$`).exec(
    phrases.left,
  );
  if (!found || !GOALS[target]) return phrases;
  const [, address = '', listed = ''] = found;
  const flags = listed.split(' ').filter((flag) => flag !== '');
  const options = [GOALS[target], address, ...flags.map((flag) => `--${flag}`)];
  return {
    ...phrases,
    target: [...phrases.target, ...options],
    left: phrases.left.slice(0, found.index).trim(),
  };
}

const GOAL = /to:(\S+)/;

const GOALS = wordTable<string>({
  SNAT: '--to-source',
  DNAT: '--to-destination',
  NETMAP: '--to',
});

const negatable = (option: string, module: string) => (groups: string[]) => [
  '-m',
  module,
  ...(groups[0] ? ['!'] : []),
  option,
  ...groups.slice(1),
];

const flag = (name: string) => () => [name];
const value =
  (name: string) =>
  ([text = '']: string[]) => [name, text];
const nothing = () => [];

type Phrase = readonly [RegExp, (groups: string[]) => string[], 'matches' | 'target'];

/** The phrases of matches. A `!` stands in front of the token or behind it, with a space or without. */
const PHRASES: readonly Phrase[] = [
  [/^\[goto\]/, nothing, 'matches'],
  [/^\/\*.*\*\//, nothing, 'matches'],
  [/^multiport dports +(!)?([\d:,]+)(?= |$)/, negatable('--dports', 'multiport'), 'matches'],
  [/^multiport sports +(!)?([\d:,]+)(?= |$)/, negatable('--sports', 'multiport'), 'matches'],
  [/^multiport ports +(!)?([\d:,]+)(?= |$)/, negatable('--ports', 'multiport'), 'matches'],
  [/^(?:tcp|udp|sctp)(?= |$)/, nothing, 'matches'],
  [/^spts?:(!)?([\d:]+)(?= |$)/, negatable('--sport', 'tcp'), 'matches'],
  [/^dpts?:(!)?([\d:]+)(?= |$)/, negatable('--dport', 'tcp'), 'matches'],
  [/^mark match +(!)? ?(0x[\da-f]+(?:\/0x[\da-f]+)?)(?= |$)/, negatable('--mark', 'mark'), 'matches'],
  [/^connmark match +(!)? ?(0x[\da-f]+(?:\/0x[\da-f]+)?)(?= |$)/, negatable('--mark', 'connmark'), 'matches'],
  [/^(!)? ?(?:ct)?state ([A-Z,]+)(?= |$)/, negatable('--ctstate', 'conntrack'), 'matches'],
  [/^(!)? ?ctorigdst ([\da-f.:/]+)(?= |$)/, negatable('--ctorigdst', 'conntrack'), 'matches'],
  [/^(!)? ?ctorigsrc ([\da-f.:/]+)(?= |$)/, negatable('--ctorigsrc', 'conntrack'), 'matches'],
  [/^ADDRTYPE match(?= (?:src|dst)-type )(?!.*limit-(?:in|out))/, nothing, 'matches'],
  [/^dst-type (!)?([A-Z,]+)(?= |$)/, negatable('--dst-type', 'addrtype'), 'matches'],
  [/^src-type (!)?([A-Z,]+)(?= |$)/, negatable('--src-type', 'addrtype'), 'matches'],
  [/^(!)? ?match-set (\S+) ([a-z,]+)(?= |$)(?! return-nomatch)/, negatable('--match-set', 'set'), 'matches'],
  [/^source IP range (!)? ?([\da-f.:]+-[\da-f.:]+)(?= |$)/, negatable('--src-range', 'iprange'), 'matches'],
  [
    /^destination IP range (!)? ?([\da-f.:]+-[\da-f.:]+)(?= |$)/,
    negatable('--dst-range', 'iprange'),
    'matches',
  ],
  [/^flags:(!)?(0x[\dA-F]+)\/(0x[\dA-F]+)(?= |$)/, negatable('--tcp-flags', 'tcp'), 'matches'],
  [/^(?:CONN)?MARK xset (\S+)/, value('--set-xmark'), 'target'],
  [/^(?:CONN)?MARK set (\S+)/, value('--set-mark'), 'target'],
  [/^(?:CONN)?MARK or (\S+)/, value('--or-mark'), 'target'],
  [/^(?:CONN)?MARK and (\S+)/, value('--and-mark'), 'target'],
  [/^(?:CONN)?MARK xor (\S+)/, value('--xor-mark'), 'target'],
  [/^CONNMARK save mask (\S+)/, ([mask = '']) => ['--save-mark', '--mask', mask], 'target'],
  [/^CONNMARK restore mask (\S+)/, ([mask = '']) => ['--restore-mark', '--mask', mask], 'target'],
  [/^CONNMARK save(?= |$)(?! (?:ct|nf)mask)/, flag('--save-mark'), 'target'],
  [/^CONNMARK restore(?= |$)(?! (?:ct|nf)mask)/, flag('--restore-mark'), 'target'],
  [/^masq ports: (\S+)/, value('--to-ports'), 'target'],
  [/^redir ports (\S+)/, value('--to-ports'), 'target'],
  [/^random-fully(?= |$)/, flag('--random-fully'), 'target'],
  [/^random(?= |$)/, flag('--random'), 'target'],
  [/^persistent(?= |$)/, flag('--persistent'), 'target'],
  [/^reject-with \S+/, nothing, 'target'],
];
