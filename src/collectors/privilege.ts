import { command, defineCollector, t } from '../define.ts';

/** sh that prints the number of the user whose rights it has, by proc(5) where that tells. */
const effectiveUser = `while read -r word real uid rest; do [ "$word" != Uid: ] || break; done </proc/self/status
{ [ -n "$uid" ] && printf "%s\\n" "$uid" || id -u; }`;

const probes = {
  /** The third line is an installed script's: its own version, and the one that whoever asks expected. */
  user: command('id', `${effectiveUser} && id -un && printf "%s\\n" "$INSTALLED"`),
  /** The message of sudo or doas when it refused; see `shellCommand`. */
  refusal: command('become', 'printf "%s\\n" "$TWLINT_REFUSED"', {
    idle: { test: '[ -z "$TWLINT_REFUSED" ]', text: '' },
  }),
};

export default defineCollector({
  id: 'privilege',
  doc: 'With whose rights the host was looked at.',
  scope: 'host',
  samples: 1,
  probes,
  type: t.object({
    user: t.string('The user that the questions were asked as'),
    root: t.bool('Whether that is root'),
    refused: t.string('What sudo or doas said when it refused; empty when it did not, or was not asked'),
  }),
  parse({ user, refusal }) {
    const { uid, name, installed } = readUser(user);
    const { message } = readRefusal(refusal, installed !== '');
    const value = { user: name, root: uid === '0', refused: message };
    const troubles = privilegeTroubles(user, refusal);
    if (troubles.length === 0) return { value };
    const lines = troubles.map(({ what, remedy }) => (remedy === '' ? what : `${what}: ${remedy}`));
    return { value, partial: lines.join('; ') };
  },
});

/** Returns the obstacles to seeing all as root would, out of both answers, and the remedies ('': nobody knows). */
export function privilegeTroubles(user: string, refusal: string): { what: string; remedy: string }[] {
  const { uid, installed } = readUser(user);
  const { message, remedy } = readRefusal(refusal, installed !== '');
  // who logs in as root lacks nothing where there is no sudo
  const isRefused = message !== '' && uid !== '0';
  const refused = isRefused ? [{ what: `looked without root: ${message}`, remedy }] : [];
  return [...refused, ...otherVersion(installed)];
}

/** 1000\nalice\n0.1.0-3f2a9c0d11e4 0.1.0-3f2a9c0d11e4 */
function readUser(text: string): { uid: string; name: string; installed: string } {
  const [uid = '', name = uid, installed = ''] = text.trim().split('\n');
  if (!/^\d+$/.test(uid)) throw new Error(`id -u says "${uid.slice(0, 60)}"`);
  return { uid, name, installed };
}

/** An older script may ask otherwise than this version reads. */
function otherVersion(installed: string): { what: string; remedy: string }[] {
  const [theirs, ours] = installed.split(' ');
  if (installed === '' || theirs === ours) return [];
  const what = `asked by an installed script that is of twlint ${theirs}, and not of ${ours}`;
  return [{ what, remedy: 'install that (twlint collect --print-script --install-as)' }];
}

/** Whatever is amiss in the rights of an installed script, the remedy is the line that belongs to it. */
const INSTALLED_REMEDY =
  'let this user run it as root without a password (twlint collect --print-script --install-as shows the line)';

/** The messages of sudo 1.9 and opendoas 6.8 when they refuse, with the remedies; for an installed script, last. */
const REFUSALS: [pattern: RegExp, remedy: string, installed?: string][] = [
  [/^sudo: \d+ incorrect password attempts?$/, 'the password given for sudo is not that of this user'],
  [
    /^sudo: (?:a password is required|no password was provided)$/,
    'give it with --ask-become-pass or TWLINT_BECOME_PASSWORD, or let this user in without: NOPASSWD in its sudoers',
    INSTALLED_REMEDY,
  ],
  [/tty/, 'let it work without a terminal: Defaults !requiretty in its sudoers'],
  [
    /is not in the sudoers file|is not allowed to |may not run sudo/,
    'its sudoers have to let this user run sh as root',
    INSTALLED_REMEDY,
  ],
  [
    /^doas: (?:Authentication (?:required|failed)|a tty is required)$/,
    'doas takes a password from a terminal alone: permit nopass in its doas.conf',
    INSTALLED_REMEDY,
  ],
  [
    /^doas: (?:Operation not permitted|doas is not enabled)/,
    'its doas.conf has to let this user run sh as root',
    INSTALLED_REMEDY,
  ],
  [/(?:sudo|doas): (?:command )?not found$/, 'it is not installed there: another ansible_become_method?'],
];

/** Reads a refusal. A lecture, or a complaint about each attempt, may come before the line with the reason. */
function readRefusal(text: string, installed: boolean): { message: string; remedy: string } {
  const lines = text.split('\n').map((line) => line.trim());
  for (const [pattern, remedy, ofScript = remedy] of REFUSALS) {
    const message = lines.find((line) => pattern.test(line));
    if (message !== undefined) return { message, remedy: installed ? ofScript : remedy };
  }
  return { message: lines.find((line) => line !== '') ?? '', remedy: '' };
}
