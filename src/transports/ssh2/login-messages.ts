import { type Stage, type Trouble, trouble } from '../check.ts';

/** The stages at which a host can hang. */
export type Moment = Extract<Stage, 'address' | 'route' | 'greeting' | 'key exchange' | 'login'>;

/** Returns why nothing more came, when the time was up. */
export function lateMessage(moment: Moment, place: string, seconds: number): Trouble {
  const limit = `within ${seconds} s (--connect-timeout)`;
  switch (moment) {
    case 'address':
      return trouble(`${place}: its name was not looked up ${limit}`, 'is the name server up?');
    case 'route':
      return trouble(
        `${place} does not answer ${limit}`,
        'is the host up, and does a firewall drop our packets?',
      );
    case 'greeting':
      return trouble(
        `${place} takes connections but sent no SSH greeting ${limit}`,
        'is the host overloaded, and is this the SSH port?',
      );
    case 'key exchange':
      return trouble(
        `${place} did not finish the key exchange ${limit}`,
        'is the host overloaded, or are large packets lost on the way (MTU)?',
      );
    case 'login':
      return trouble(
        `${place} did not answer the login ${limit}`,
        'does it wait for its name server, PAM or LDAP, or your agent for a confirmation?',
      );
  }
}

/** Returns why the connection ended, when the host closed it without a reason. */
export function hungUpMessage(moment: Moment, greeting: string): Trouble {
  if (moment === 'greeting') {
    const greeted = firstLine(greeting);
    // sshd: "Exceeded MaxStartups"
    return trouble(
      `it closed the connection before it spoke SSH${greeted ? ` and said "${greeted}"` : ''}`,
      'is it an SSH port, and does MaxStartups, hosts.deny or fail2ban keep us out?',
    );
  }
  if (moment === 'key exchange')
    return trouble('it closed the connection during the key exchange', "see sshd's log there");
  return trouble(
    'it closed the connection during the login',
    "see sshd's log there (DenyUsers, LoginGraceTime, a crash)",
  );
}

/** Tells whether an error of ssh2's means only that the host is gone. */
export function isHangUp(error: Error): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ECONNRESET' || code === 'EPIPE' || /^Connection lost before handshake/.test(error.message);
}

/** Returns the message for ssh2's errors before anybody is logged in. */
export function sshErrorMessage(error: Error, moment: Moment, greeting: string): Trouble {
  if (isHangUp(error)) return hungUpMessage(moment, greeting);
  if (/identification string|greeting lines|Max .*exceeded/i.test(error.message) || notSsh(greeting))
    return trouble(`it does not speak SSH but says "${firstLine(greeting)}"`, 'is ansible_port right?');
  if (/too many authentication failures/i.test(error.message))
    return trouble(
      'it hung up after too many keys that it does not know (MaxAuthTries)',
      'name the right one with --key or ansible_ssh_private_key_file',
    );
  if (/authenticate data|packet length|malformed|invalid mac/i.test(error.message))
    return trouble(
      `what it sent is damaged (${firstLine(error.message)})`,
      'is this an SSH server, and does something on the way change it?',
    );
  const doing = moment === 'login' ? 'login' : 'key exchange';
  return trouble(`the ${doing} failed (${firstLine(error.message)})`, "see sshd's log there");
}

const notSsh = (greeting: string) => greeting !== '' && !/^SSH-/m.test(greeting);

/** Returns the first line, printable and short. */
function firstLine(text: string): string {
  const line = text.split(/[\r\n]/, 1)[0] ?? '';
  return line.replace(/[^\x20-\x7e]/g, '?').slice(0, 120);
}

/** The means that were there to log in with, by name, and those not tried. */
interface Tried {
  identities: readonly { name: string }[];
  withheld: readonly string[];
}

/** Returns the message for a login that nothing let in. */
export function deniedMessage(
  user: string,
  { identities, withheld }: Tried,
  allowed: string[] | null,
  usedPassword: boolean,
): Trouble {
  const tried = [...identities.map(({ name }) => name), ...(usedPassword ? ['the password'] : [])];
  const parts = [
    tried.length === 0
      ? `there is no key to log in with as ${user}`
      : `it did not let ${user} in with ${listed(tried)}`,
  ];
  const takesKeys = allowed?.includes('publickey') ?? false;
  const takesPassword = allowed?.some(isByPassword) ?? false;
  if (allowed && takesKeys) parts.push(`it takes ${allowed.join(', ')}`);
  else if (allowed) {
    const unusable = takesPassword ? '' : ", which can't be used here";
    parts.push(`it wants ${allowed.join(' or ') || 'what it does not say'}${unusable}`);
  }
  if (withheld.length > 0) parts.push(`not tried: ${listed(withheld)}`);
  if (wantsPassword(allowed) && !usedPassword)
    return trouble(parts.join('; '), 'give the password with --ask-pass or TWLINT_SSH_PASSWORD');
  const rights = usedPassword ? '' : ', is the key in its authorized_keys there';
  const remedy = `is ${user} the right user (ansible_user)${rights}, and is the account not locked? sshd's log there says more`;
  return trouble(parts.join('; '), remedy);
}

/** Tells whether it takes a password, and no key would do. */
export const wantsPassword = (allowed: readonly string[] | null): boolean =>
  (allowed ?? []).some(isByPassword) && !allowed?.includes('publickey');

const isByPassword = (method: string) => method === 'password' || method === 'keyboard-interactive';

function listed(names: readonly string[]): string {
  const shown = names.slice(0, 5);
  const rest = names.length - shown.length;
  return shown.join(', ') + (rest > 0 ? ` and ${rest} more` : '');
}
