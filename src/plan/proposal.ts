/** Proposed changes, as their files and commands say them: what each of them is about, and where it stands. */
import { throwIfAny, UserError } from '../errors.ts';
import { shellWords } from '../inventory/shell-words.ts';
import type { Source } from '../model.ts';

/** A change that was proposed. Nothing of it is ever run. */
export type Proposal = { source: Source } & (
  | { kind: 'iptables-save'; text: string }
  | { kind: 'nft-file'; text: string }
  | { kind: 'ipvsadm-save'; text: string }
  | { kind: 'keepalived'; text: string }
  | { kind: 'iptables'; program: string; words: readonly string[] }
  | { kind: 'nft'; words: readonly string[]; text: string }
  | { kind: 'sysctl'; key: string; value: string }
  | { kind: 'ipvsadm'; words: readonly string[] }
  | { kind: 'route' | 'rule'; family: 4 | 6; words: readonly string[] }
);

const NFT_FILE =
  /^\s*(table (ip6?|inet|arp|bridge|netdev) \S+ \{|flush ruleset|(add|insert|replace|delete|create|destroy|flush) (table|chain|rule|set|map|element)\b)/m;

/** Reads a file, or a command as a shell script has it. Throws UserErrors for all that is not understood in it. */
export function readProposal(text: string, file: string): Proposal[] {
  const source = { file, line: 1, column: 1 };
  if (/^\*\w+\s*$/m.test(text)) return [{ kind: 'iptables-save', text, source }];
  if (NFT_FILE.test(text)) return [{ kind: 'nft-file', text, source }];
  if (/^\s*-A -(t|u|f|-\w+-service)\s/m.test(text)) return [{ kind: 'ipvsadm-save', text, source }];
  if (/^\s*(global_defs|vrrp_instance|vrrp_sync_group|virtual_server)\b/m.test(text))
    return [{ kind: 'keepalived', text, source }];
  const errors: UserError[] = [];
  const proposals = joinedLines(text).flatMap(({ row, line }) => {
    const read = readLine(row, { file, line, column: 1 });
    if (!(read instanceof UserError)) return read;
    errors.push(read);
    return [];
  });
  if (proposals.length === 0 && errors.length === 0)
    errors.push(new UserError('there is no change in it', { source, hint: HINT }));
  throwIfAny(errors);
  return proposals;
}

interface Row {
  row: string;
  line: number;
}

/** Joins lines that end with a backslash to the next. */
function joinedLines(text: string): Row[] {
  const rows: Row[] = [];
  let open: Row | null = null;
  for (const [i, raw] of text.split('\n').entries()) {
    const continues = raw.endsWith('\\');
    const part = continues ? raw.slice(0, -1) : raw;
    const whole: Row = open === null ? { row: part, line: i + 1 } : { ...open, row: `${open.row} ${part}` };
    open = continues ? whole : null;
    if (!continues) rows.push(whole);
  }
  return open === null ? rows : [...rows, open];
}

const HINT =
  'it may be what iptables-save, nft list ruleset or ipvsadm -S -n print, a keepalived.conf, or lines of iptables, ip6tables, nft, ipvsadm, sysctl, ip route and ip rule';

function readLine(row: string, source: Source): Proposal[] | UserError {
  const refuse = (message: string, hint: string) => new UserError(message, { source, hint });
  const setting = /^\s*(net[./][^\s=]+)\s*=\s*(.*?)\s*$/.exec(row);
  if (setting?.[1]) return [{ kind: 'sysctl', key: setting[1], value: setting[2] ?? '', source }];
  const { words: all, broken } = shellWords(row);
  if (broken) return refuse(broken.message, broken.hint);
  const words = all.map(({ text }) => text).filter((word, i) => i > 0 || word !== 'sudo');
  const [command = '', ...rest] = words;
  if (command === '' || (command === 'set' && rest[0]?.startsWith('-'))) return [];
  if (/(^|\s)(\||\|\||&&|;|&|>|<)(\s|$)|[$`]/.test(row.replace(/'[^']*'/g, '')))
    return refuse(
      'a shell would make something else of it first',
      'write the command alone, with its values',
    );
  const program = command.replace(/^.*\//, '');
  if (/^ip6?tables(-nft|-legacy)?$/.test(program))
    return [{ kind: 'iptables', program, words: rest, source }];
  if (program === 'ipvsadm') return [{ kind: 'ipvsadm', words: rest, source }];
  if (program === 'nft') return [{ kind: 'nft', words: rest, text: rest.join(' '), source }];
  if (program === 'sysctl') return readSysctl(rest, source);
  if (program === 'ip') return readIp(rest, source);
  return refuse(`${program}: what it changes is not known here`, HINT);
}

function readSysctl(words: readonly string[], source: Source): Proposal[] | UserError {
  const settings = words.filter((word) => !/^(-w|-q|--write|--quiet)$/.test(word)).join(' ');
  const parts = settings.split(/\s+(?=net[./][^\s=]+\s*=)/);
  const read = parts.map((part) => /^([^\s=]+)\s*=\s*(.+?)\s*$/.exec(part));
  if (read.some((one) => one === null))
    return new UserError('no setting of sysctl', { source, hint: 'as in: sysctl -w net.ipv4.ip_forward=1' });
  return read.flatMap((one) =>
    one ? [{ kind: 'sysctl', key: one[1] ?? '', value: one[2] ?? '', source }] : [],
  );
}

function readIp(words: readonly string[], source: Source): Proposal[] | UserError {
  const family = words.includes('-6') ? 6 : 4;
  const [object = '', ...rest] = words.filter((word) => word !== '-4' && word !== '-6');
  const kind = /^ro?(ute)?$/.test(object) ? 'route' : /^ru(le)?$/.test(object) ? 'rule' : null;
  if (kind === null)
    return new UserError(`ip ${object}: what it changes is not known here`, {
      source,
      hint: 'of ip, only ip route add, del and replace, and ip rule add and del',
    });
  const isSix = family === 6 || rest.some((word) => /^[\da-f]*:[\da-f:]*(\/\d+)?$/i.test(word));
  return [{ kind, family: isSix ? 6 : 4, words: rest, source }];
}
