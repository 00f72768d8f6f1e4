import { command, defineCollector, t } from '../define.ts';

const probes = {
  user: command('id', 'id -u && id -un'),
  /** What sudo or doas said when it refused; see `shellCommand`. */
  refusal: command('become', 'printf "%s\\n" "$TWLINT_REFUSED"'),
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
    // 1000\nalice\n
    const [uid, name] = user!.trim().split('\n');
    const { said, remedy } = readRefusal(refusal!);
    const value = { user: name ?? uid!, root: uid === '0', refused: said };
    if (said === '') return { value };
    return { value, partial: `looked without root: ${said}${remedy === null ? '' : `: ${remedy}`}` };
  },
});

/** What sudo 1.9 and opendoas 6.8 say when they refuse, and what to do about it. */
const REFUSALS: [RegExp, string][] = [
  [/^sudo: \d+ incorrect password attempts?$/, 'the password given for sudo is not that of this user'],
  [
    /^sudo: (?:a password is required|no password was provided)$/,
    'give it with --ask-become-pass or TWLINT_BECOME_PASSWORD, or let this user in without: NOPASSWD in its sudoers',
  ],
  [/tty/, 'let it work without a terminal: Defaults !requiretty in its sudoers'],
  [
    /is not in the sudoers file|is not allowed to |may not run sudo/,
    'its sudoers have to let this user run sh as root',
  ],
  [
    /^doas: (?:Authentication (?:required|failed)|a tty is required)$/,
    'doas takes a password from a terminal alone: permit nopass in its doas.conf',
  ],
  [
    /^doas: (?:Operation not permitted|doas is not enabled)/,
    'its doas.conf has to let this user run sh as root',
  ],
  [/(?:sudo|doas): (?:command )?not found$/, 'it is not installed there: another ansible_become_method?'],
];

/** A lecture, or a complaint about each attempt, may come before the line that says it. */
function readRefusal(text: string): { said: string; remedy: string | null } {
  const lines = text.split('\n').map((line) => line.trim());
  for (const [pattern, remedy] of REFUSALS) {
    const said = lines.find((line) => pattern.test(line));
    if (said !== undefined) return { said, remedy };
  }
  return { said: lines.find((line) => line !== '') ?? '', remedy: null };
}
