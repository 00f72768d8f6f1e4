/**
 * The lines of keepalived's files that may be shown: those that begin with one of its keywords, or with an address, a
 * definition or a condition. Of all others only braces are, since a file may not be what its name says. Written for
 * sed, whose patterns are kept simple enough to be read as JavaScript's, too (keepalived.conf(5) of 2.2).
 */
import { WITHHELD } from '../../yaml-scalar.ts';
import { asRegExp } from './secrets.ts';

const WORDS = [
  'global_defs',
  'router_id',
  'enable_[a-z_]*',
  'net_namespace[a-z_]*',
  'vrrp_[a-z0-9_]*',
  'lvs_[a-z_]*',
  'lb_[a-z]*',
  'bfd_[a-z_]*',
  'static_[a-z]*',
  'virtual_[a-z_]*',
  'real_server',
  'sorry_server[a-z_]*',
  'track_[a-z]*',
  'state',
  'interface',
  'priority',
  'no\\{0,1\\}preempt[a-z_]*',
  'preempt[a-z_]*',
  'advert_int',
  'garp_[a-z_]*',
  'dont_track_primary',
  'use_vmac[a-z_]*',
  'vmac_[a-z_]*',
  'mcast_[a-z_]*',
  'unicast_[a-z_]*',
  'accept',
  'no_accept',
  'strict_mode',
  'native_ipv6',
  'authentication',
  'auth_[a-z]*',
  'higher_prio_send_advert',
  'notify[a-z_]*',
  'notification_email[a-z_]*',
  'smtp_[a-z_]*',
  'group',
  'fwmark',
  'delay_[a-z_]*',
  'protocol',
  'persistence_[a-z]*',
  'ha_suspend',
  'alpha',
  'no_alpha',
  'omega',
  'no_omega',
  'quorum[a-z_]*',
  'hysteresis',
  'retry',
  'nb_get_retry',
  'weight',
  'inhibit_on_failure',
  'ops',
  '[A-Z0-9]*_CHECK',
  '[A-Z0-9]*_GET',
  'connect_[a-z]*',
  'bind_[a-z]*',
  'bindto',
  'warmup',
  'url',
  'status_code',
  'misc_[a-z]*',
  'script',
  'interval',
  'timeout',
  'rise',
  'fall',
  'init_fail',
  'password',
  'key',
  'include[rmwba]\\{0,1\\}',
] as const;

/** The tokens that may follow an address in braces. */
const OF_ADDRESSES = [
  '[0-9]',
  'dev',
  'scope',
  'label',
  'brd',
  'broadcast',
  'peer',
  'home',
  '-\\{0,1\\}nodad',
  'mngtmpaddr',
  'noprefixroute',
  'preferred_lft',
  'track_group',
  'no_track',
  'use_vmac',
  'weight',
  'm[a-z]*_ttl',
];

const BLANKS = '[[:blank:]]\\{1,\\}';
const END = '\\([[:blank:]{}]\\|$\\)';
const START = '^[[:blank:]{}]*\\(@[^[:blank:]{}]*[[:blank:]]\\{1,\\}\\)\\{0,1\\}';

const SHOWN: readonly string[] = [
  '^[[:blank:]{}]*$',
  `${START}\\(${WORDS.join('\\|')}\\)${END}`,
  `${START}[0-9a-fA-F]*[.:][0-9a-fA-F.:/-]*\\(${BLANKS}\\(${OF_ADDRESSES.join('\\|')}\\).*\\|[[:blank:]{}]*\\)$`,
  `${START}\\$[{]\\{0,1\\}[A-Za-z_][A-Za-z0-9_]*[}]\\{0,1\\}\\([[:blank:]=]\\|$\\)`,
  `${START}~SEQ(`,
];

/** The changes to the others. A comment loses its text; braces in quotes, definitions or comments are none. */
const HIDING: readonly { pattern: string; replacement: string }[] = [
  { pattern: '[#!].*', replacement: '#' },
  { pattern: '\\"[^\\"]*\\"', replacement: '.' },
  { pattern: '[$][{][^{}]*[}]', replacement: '.' },
  { pattern: '[^[:blank:]{}#][^{}#]*', replacement: '(withheld) ' },
];

/** The script of sed, part by part; a line that is shown goes on at `:shown`, as do the others in the end. */
export const hiding: readonly string[] = [
  ...SHOWN.map((pattern) => `/${pattern}/b shown`),
  ...HIDING.map(({ pattern, replacement }) => `s/${pattern}/${replacement}/g`),
  ':shown',
];

/** Does the same here to a line. */
export function withoutForeign(line: string): string {
  if (SHOWN_HERE.some((pattern) => pattern.test(line))) return line;
  return HIDING_HERE.reduce((text, [pattern, replacement]) => text.replace(pattern, replacement), line);
}

const SHOWN_HERE = SHOWN.map((pattern) => asRegExp(pattern));
const HIDING_HERE = HIDING.map(({ pattern, replacement }) => [asRegExp(pattern, 'g'), replacement] as const);

/** A pattern for grep: of lines that are left (`|` and the line), one that has any content. */
export const SPEAKING = '^|[[:blank:]{}]*[^[:blank:]{}(#]';

/** Tells whether nothing is left of a text but what stands for lines, as the probe finds it. */
export function isForeign(shown: readonly string[]): boolean {
  return (
    shown.some((line) => line.includes(WITHHELD)) && !shown.some((line) => /^\|[ \t{}]*[^ \t{}(#]/.test(line))
  );
}
