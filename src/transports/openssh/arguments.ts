/** The command line of the system's ssh. Pure. */
import type { HostKeyChecking } from '../known-hosts/host-key.ts';
import type { SshSettings } from '../settings/ssh-settings.ts';
import type { Setting } from '../ssh-config/parse.ts';

/** The options of twlint's command line that hold for all hosts. */
export interface OpensshOptions {
  /** The value of -F: an absolute path, or `none`; null: ssh reads its own two files. */
  configFile: string | null;
  /** The files of --known-hosts, as absolute paths; empty: as in ssh_config. */
  knownHosts: readonly string[];
  /** The host key checking; null: as in ssh_config, and a prompt counts as a refusal. */
  checking: HostKeyChecking | null;
}

/** The arguments of ssh but for its command. */
export interface SshArguments {
  options: readonly string[];
  host: string;
}

/**
 * The options that switch off what a configuration may ask for and a look at a host has no use for; nor may it change
 * anything here.
 */
const WITHOUT = [
  'BatchMode=yes',
  'ClearAllForwardings=yes',
  'ControlPersist=no',
  'ForwardAgent=no',
  'ForwardX11=no',
  'PermitLocalCommand=no',
  'RemoteCommand=none',
  'RequestTTY=no',
  'Tunnel=no',
  'UpdateHostKeys=no',
];

/** The algorithms of OpenSSH 5.3. `PubkeyAcceptedKeyTypes` is PubkeyAcceptedAlgorithms before OpenSSH 8.5. */
const LEGACY = [
  'KexAlgorithms=+diffie-hellman-group14-sha1',
  'HostKeyAlgorithms=+ssh-rsa',
  'PubkeyAcceptedKeyTypes=+ssh-rsa',
];

const CHECKING: Record<HostKeyChecking, string> = { strict: 'yes', 'accept-new': 'accept-new', off: 'no' };

/**
 * Returns the arguments with which ssh reaches a host: options, and the host last. The configuration files are left to
 * ssh, so that it does all that they ask for. `through`: the command that leads over the bastion, if there is one.
 */
export function opensshArguments(
  { name, explicit, legacy }: SshSettings,
  { configFile, knownHosts, checking }: OpensshOptions,
  through: string | null,
): SshArguments {
  // a key that was not checked is not to be kept either
  const files = checking === 'off' ? ['/dev/null'] : knownHosts;
  const known = files.map((path) => quoted(path.replaceAll('%', '%%'))).join(' ');
  const options = [
    ...WITHOUT,
    ...(checking === null ? [] : [`StrictHostKeyChecking=${CHECKING[checking]}`]),
    ...(known === '' ? [] : [`UserKnownHostsFile=${known}`, 'GlobalKnownHostsFile=/dev/null']),
    ...proxyOption(explicit, through),
    ...explicit.filter(({ keyword }) => keyword !== 'proxyjump').map(optionOf),
    ...(legacy ? LEGACY : []),
  ];
  const config = configFile === null ? [] : ['-F', configFile];
  return { options: [...config, ...options.flatMap((option) => ['-o', option])], host: name };
}

/**
 * Returns the option for the path to the host. A jump is not left to ssh, which would not hand on to the bastion what
 * the command line has.
 */
function proxyOption(explicit: readonly Setting[], through: string | null): string[] {
  if (through !== null) return [`ProxyCommand=${through}`];
  return explicit.some(({ keyword }) => keyword === 'proxyjump') ? ['ProxyJump=none'] : [];
}

const optionOf = ({ keyword, value }: Setting) => `${keyword}=${value.map(quoted).join(' ')}`;

/**
 * Quotes an argument of ssh_config. OpenSSH before 8.7 knows no escapes, so there are none where they are not needed.
 */
function quoted(word: string): string {
  return /^[^\s"'\\#]+$/.test(word) ? word : `"${word.replace(/["\\]/g, '\\$&')}"`;
}

/** The command that leads over a connection to a bastion. */
export function throughCommand(over: readonly string[], { address, port }: SshSettings): string {
  const command = ['ssh', '-W', `[${address}]:${port}`, ...over].map(shellQuoted).join(' ');
  return command.replaceAll('%', '%%');
}

const shellQuoted = (word: string) => `'${word.replaceAll("'", "'\\''")}'`;

/** Over the connection at that socket, and never otherwise: no configuration is read, and no other way leads there. */
export function overSocket(socket: string): string[] {
  return ['-F', 'none', '-S', socket, '-o', 'ProxyCommand=false', '-o', 'BatchMode=yes', '-T', 'twlint'];
}

/**
 * Finds what in a host's names may mean something to a shell, as OpenSSH 9.6 refuses it: a ProxyCommand or Match exec of
 * the user's may hand them to one, and an inventory need not be the user's.
 */
export function unfitName({ name, address, user }: SshSettings): string | null {
  const unfitHost = [name, address].find((host) => /^-|[\s\p{Cc}'"`$\\;&<>|(){}]/u.test(host));
  // DOMAIN\user is one
  return unfitHost ?? (/^-|[\s\p{Cc}'"`;&<>|(){}]|\\$/u.test(user) ? user : null);
}
