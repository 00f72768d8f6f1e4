/** What `iptables -L` prints behind its columns, turned back into options. */

/** What stands behind the columns, turned back into options where it is surely understood. */
export function readPhrases(
  text: string,
  target: string,
): { matches: string[]; target: string[]; left: string } {
  const matches: string[] = [];
  const rest: string[] = [];
  let left = text.replace(/\/\*.*?\*\//g, ' ').replace('[goto]', ' ');
  for (const [pattern, write, into] of PHRASES) {
    left = left.replace(pattern, (_, ...groups: string[]) => {
      (into === 'match' ? matches : rest).push(...write(groups));
      return ' ';
    });
  }
  const goal = GOALS[target];
  const to = /\bto:(\S+)/.exec(left);
  if (goal && to) {
    rest.push(goal, to[1]!);
    left = left.replace(to[0], '');
  }
  return { matches, target: rest, left: left.trim().replace(/\s+/g, ' ') };
}

const GOALS: Readonly<Record<string, string>> = {
  SNAT: '--to-source',
  DNAT: '--to-destination',
  NETMAP: '--to',
};

const negatable = (option: string, module: string) => (groups: string[]) => [
  '-m',
  module,
  ...(groups[0] ? ['!'] : []),
  option,
  groups[1]!,
];

const PHRASES: readonly (readonly [RegExp, (groups: string[]) => string[], 'match' | 'target'])[] = [
  [/\bmultiport dports (!)?([\d:,]+)/, negatable('--dports', 'multiport'), 'match'],
  [/\bmultiport sports (!)?([\d:,]+)/, negatable('--sports', 'multiport'), 'match'],
  [/\b(?:tcp|udp|sctp) spts?:(!)?([\d:]+)/, negatable('--sport', 'tcp'), 'match'],
  [/\b(?:tcp|udp|sctp) dpts?:(!)?([\d:]+)/, negatable('--dport', 'tcp'), 'match'],
  [/\bspts?:(!)?([\d:]+)/, negatable('--sport', 'tcp'), 'match'],
  [/\bdpts?:(!)?([\d:]+)/, negatable('--dport', 'tcp'), 'match'],
  [/\b(?:tcp|udp|sctp)(?= |$)/, () => [], 'match'],
  [/\bmark match (!)?(0x[\da-f]+(?:\/0x[\da-f]+)?)/, negatable('--mark', 'mark'), 'match'],
  [/\b(?:ct)?state ()([A-Z,]+)/, negatable('--ctstate', 'conntrack'), 'match'],
  [/\bADDRTYPE match dst-type (!)?([A-Z,]+)/, negatable('--dst-type', 'addrtype'), 'match'],
  [/\bADDRTYPE match src-type (!)?([A-Z,]+)/, negatable('--src-type', 'addrtype'), 'match'],
  [/\bmatch-set (\S+) ([a-z,]+)/, ([name, sides]) => ['-m', 'set', '--match-set', name!, sides!], 'match'],
  [/\bsource IP range (\S+)/, ([range]) => ['-m', 'iprange', '--src-range', range!], 'match'],
  [/\bdestination IP range (\S+)/, ([range]) => ['-m', 'iprange', '--dst-range', range!], 'match'],
  [/\bMARK xset (\S+)/, ([mark]) => ['--set-xmark', mark!], 'target'],
  [/\bMARK set (\S+)/, ([mark]) => ['--set-mark', mark!], 'target'],
  [/\bMARK or (\S+)/, ([mark]) => ['--or-mark', mark!], 'target'],
  [/\bMARK and (\S+)/, ([mark]) => ['--and-mark', mark!], 'target'],
  [/\bMARK xor (\S+)/, ([mark]) => ['--xor-mark', mark!], 'target'],
  [/\bmasq ports: (\S+)/, ([ports]) => ['--to-ports', ports!], 'target'],
  [/\bredir ports (\S+)/, ([ports]) => ['--to-ports', ports!], 'target'],
  [/\brandom-fully\b/, () => ['--random-fully'], 'target'],
  [/\brandom\b/, () => ['--random'], 'target'],
  [/\bpersistent\b/, () => ['--persistent'], 'target'],
  [/\breject-with \S+/, () => [], 'target'],
];
