import { type Trouble, trouble } from '../check.ts';
import type { Ending } from '../session.ts';
import { type Installed, installMessage } from './installed-script.ts';

/** Returns why a host's sh ended before the script did. `noise`: its output in the place of answers. */
export function endedMessage(
  { status, signal, stderr }: Ending,
  noise: string,
  installed: Installed | null,
): Trouble {
  const message = firstToken(`${stderr}\n${noise}`);
  const how = signal === null ? `with status ${status}` : `by signal ${signal}`;
  const ended = `its sh ended ${how} before the script did`;
  const what = message === '' ? `${ended}, without a word` : `${ended}, and said "${message.slice(0, 300)}"`;
  return trouble(what, remedyFor(message, { status, signal }, installed));
}

/** Returns the first line that matters: sshd's message about a home that is not there stops nothing. */
function firstToken(text: string): string {
  const lines = text.split('\n').map((line) => line.trim());
  return lines.find((line) => line !== '' && !line.startsWith('Could not chdir to home directory')) ?? '';
}

function remedyFor(
  message: string,
  { status, signal }: Pick<Ending, 'status' | 'signal'>,
  installed: Installed | null,
): string {
  // nologin(8) of shadow and of util-linux, and of FreeBSD
  if (/account is (?:currently )?not available/i.test(message))
    return 'the login shell of this user runs no commands; give it /bin/sh, or log in as somebody else';
  // sshd, in the place of a command that ForceCommand internal-sftp forbids
  if (/^This service allows sftp connections only/.test(message))
    return 'its sshd_config lets this user transfer files only (ForceCommand internal-sftp): log in as somebody else';
  if (installed !== null && (status === 126 || status === 127))
    return `is ${installed.path} there, for everybody to read and run? If not, ${installMessage(installed.path)}`;
  if (signal !== null)
    return "see the host's log: does it run out of memory, or does somebody end such processes?";
  return 'does the login shell run commands, and does nothing else stand in for them (ForceCommand in its sshd_config, command= in authorized_keys)?';
}
