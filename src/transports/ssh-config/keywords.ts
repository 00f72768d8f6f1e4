/** The keywords of ssh_config(5) that matter here, and the checks of their values. Pure. */
import { wordTable } from '../../word-table.ts';

/** The value as `ssh -G` prints it, and nothing where it is as good as not set; or why it can't be. */
type Checked = { ok: true; value: string[] } | { ok: false; expected: string };

type Check = (args: readonly string[], rest: string) => Checked;

const ok = (...value: string[]): Checked => ({ ok: true, value });
const no = (expected: string): Checked => ({ ok: false, expected });

const word: Check = ([arg = '', ...more]) =>
  more.length === 0 && arg !== '' ? ok(arg) : no('one word; what has a space stands in quotes');

const words: Check = (args) =>
  args.length > 0 && args.every((arg) => arg !== '') ? ok(...args) : no('one or more words');

const command: Check = (_, rest) => ok(rest);

function oneOf(words: Record<string, string>): Check {
  const meanings = wordTable(words);
  return ([arg = '', ...more]) => {
    const meaning = more.length === 0 ? meanings[arg.toLowerCase()] : undefined;
    return meaning === undefined ? no(Object.keys(meanings).join(', ')) : ok(meaning);
  };
}

const YES_OR_NO = { yes: 'yes', no: 'no', true: 'yes', false: 'no' };

const port: Check = ([arg = '', ...more]) =>
  more.length === 0 && /^\d{1,5}$/.test(arg) && Number(arg) >= 1 && Number(arg) <= 65_535
    ? ok(String(Number(arg)))
    : no('a number from 1 to 65535');

const count: Check = ([arg = '', ...more]) =>
  more.length === 0 && /^\d{1,9}$/.test(arg) ? ok(String(Number(arg))) : no('a number');

const SECONDS = wordTable<number>({ '': 1, s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 });

/** Parses `90`, `1m30s` or `none`, in seconds: sshd_config(5), "TIME FORMATS". */
const time: Check = ([arg = '', ...more]) => {
  if (more.length > 0 || !/^(?:none|(?:\d{1,8}[smhdw])*\d{1,8}[smhdw]?)$/i.test(arg))
    return no('a time, as 10 or 1m30s, or none');
  if (arg.toLowerCase() === 'none') return ok();
  let seconds = 0;
  for (const [, number, unit = ''] of arg.matchAll(/(\d+)([smhdw]?)/gi)) {
    // biome-ignore lint/style/noNonNullAssertion: the expression matches these units alone
    seconds += Number(number) * SECONDS[unit.toLowerCase()]!;
  }
  return ok(String(seconds));
};

const jumps: Check = (_, rest) => {
  const list = rest.replace(/#.*$/s, '').trimEnd();
  if (list.toLowerCase() === 'none') return ok('none');
  return parseJumps(list) === null ? no('hosts to jump by, as bastion or me@bastion:2222,inner') : ok(list);
};

/** The checks of values by keyword; `all`: each further value is added, where otherwise the first one counts. */
export const KEYWORDS = wordTable<{ check: Check; all?: true }>({
  hostname: { check: word },
  user: { check: word },
  port: { check: port },
  identityfile: { check: word, all: true },
  identitiesonly: { check: oneOf(YES_OR_NO) },
  identityagent: { check: word },
  certificatefile: { check: word, all: true },
  userknownhostsfile: { check: words },
  globalknownhostsfile: { check: words },
  hostkeyalias: { check: word },
  hashknownhosts: { check: oneOf(YES_OR_NO) },
  stricthostkeychecking: {
    check: oneOf({ ...YES_OR_NO, ask: 'ask', off: 'no', 'accept-new': 'accept-new' }),
  },
  proxyjump: { check: jumps },
  proxycommand: { check: command },
  connecttimeout: { check: time },
  serveraliveinterval: { check: time },
  serveralivecountmax: { check: count },
  gssapiauthentication: { check: oneOf(YES_OR_NO) },
  controlpath: { check: word },
  // these change how a host is reached, and only the system's own ssh can do them
  bindaddress: { check: word },
  bindinterface: { check: word },
  canonicalizehostname: { check: oneOf({ ...YES_OR_NO, always: 'always', none: 'none' }) },
  knownhostscommand: { check: command },
  pkcs11provider: { check: word },
});

/** A host on the path. */
export interface Jump {
  user: string | null;
  host: string;
  port: number | null;
}

/** Parses `me@bastion:2222,ssh://inner`, in the order they are passed; null where that is no such list. */
export function parseJumps(list: string): Jump[] | null {
  const jumps = list.split(',').map(parseJump);
  return jumps.every((jump) => jump !== null) ? jumps : null;
}

/** Formats a jump: `me@bastion:2222`, `[2001:db8::1]:22`. */
export function jumpText({ user, host, port }: Jump): string {
  const name = host.includes(':') ? `[${host}]` : host;
  return `${user === null ? '' : `${user}@`}${name}${port === null ? '' : `:${port}`}`;
}

/** Parses a jump as `parse_user_host_port` and `parse_ssh_uri` of OpenSSH's misc.c do. */
function parseJump(text: string): Jump | null {
  const plain = text.replace(/^ssh:\/\/([^/]*)\/?$/, '$1');
  const [, user, bracketed, name, digits] =
    /^(?:(.+)@)?(?:\[([^\]]+)\]|([^:@[\]\s/]+))(?::(\d+))?$/.exec(plain) ?? [];
  const host = bracketed ?? name;
  if (host === undefined || host.startsWith('-')) return null;
  const number = digits === undefined ? null : Number(digits);
  return number === 0 || (number ?? 1) > 65_535 ? null : { user: user ?? null, host, port: number };
}
