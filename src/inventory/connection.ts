/** Derives the connection to a host from its variables. */
import { resolve } from 'node:path';
import type { Become, Connection, Json, Transport } from '../model.ts';
import { isHostAddress } from '../network/host-name.ts';
import { WITHHELD } from '../yaml-scalar.ts';
import { isPlainWord } from './names.ts';
import type { ResolvedHost } from './resolve.ts';
import { readSshArgs } from './ssh-args.ts';
import type { Complain, Variable } from './statements.ts';
import type { Surroundings } from './surroundings.ts';
import { isTemplate, SETTINGS } from './variables.ts';

/**
 * Reads the settings that take effect: a local host may have a broken port. After an error, a default stands. What only
 * Ansible can work out is no error: then the host is one that can't be asked.
 */
export function resolveConnection(
  host: ResolvedHost,
  surroundings: Surroundings,
  complain: Complain,
): Connection {
  const { cwd, env, warn = () => {} } = surroundings;
  const unreadable: string[] = [];
  const setting: Setting = (name, fallback, parse, expected) => {
    const found = lastSet(host, name);
    if (found === null) return fallback;
    const unread = whyUnreadable(found);
    if (unread !== null) unreadable.push(unread);
    const value = unread === null ? parse(found.variable.value) : fallback;
    if (value !== undefined) return value;
    const given = JSON.stringify(found.variable.value);
    complain(`${found.name} must be ${expected}, not ${given}`, found.variable.source);
    return fallback;
  };
  const connection = connectionBy(setting, host, { cwd, env, warn }, complain);
  const [reason] = unreadable;
  return reason === undefined ? connection : { kind: 'none', reason };
}

function connectionBy(
  setting: Setting,
  host: ResolvedHost,
  { cwd, env, warn }: Pick<Required<Surroundings>, 'cwd' | 'env' | 'warn'>,
  complain: Complain,
): Connection {
  const kind = setting('connection', 'ssh', asKind, 'ssh, local, rootfs or sosreport');
  if (typeof kind === 'object') return { kind: 'none', reason: foreignMessage(kind.plugin) };
  if (kind === 'image') return imageOf(host.name, setting);
  if (kind === 'archive')
    return { kind, path: setting('address', host.name, asText, 'the path of a sosreport') };
  const become = becomeOf(setting);
  if (kind === 'local') return { kind, become };
  return {
    kind,
    address: setting('address', host.name, asAddress, 'an address or a name to connect to'),
    port: setting('port', null, asPort, 'a number from 1 to 65535'),
    user: setting('user', null, asWord, "a user's name"),
    identityFile: setting(
      'identityFile',
      null,
      (value) => asPath(value, cwd, env.HOME),
      'the path of a key file',
    ),
    legacy: setting('legacy', false, asBoolean, 'true or false'),
    ...extras(host, setting, complain, warn),
    become,
  };
}

/** Reads the address as a path, as Ansible's chroot connection does; from the working directory, like all paths. */
function imageOf(name: string, setting: Setting): Connection {
  const path = setting('address', name, asText, 'the path of a root file system');
  const prefix = setting('rootPrefix', null, asText, "where the image's files lie in the repository");
  return { kind: 'image', path, ...(prefix !== null && { prefix }) };
}

type Extras = Pick<Connection & { kind: 'ssh' }, 'proxyJump' | 'sshOptions' | 'transport' | 'collectCommand'>;

/** Returns the settings that few hosts have, without those that are not set. */
function extras(
  host: ResolvedHost,
  setting: Setting,
  complain: Complain,
  warn: NonNullable<Surroundings['warn']>,
): Extras {
  const proxyJump = setting(
    'proxyJump',
    null,
    asText,
    'hosts to jump by, as bastion or me@bastion:2222,inner',
  );
  const transport = setting('transport', null, asTransport, 'auto, ssh2 or openssh');
  const collectCommand = setting('collectCommand', null, asScript, 'the path of an installed twlint-collect');
  const sshOptions = (['sshArgs', 'sshCommonArgs', 'sshExtraArgs'] as const).flatMap((name) => {
    const { options, unheard, refused } = readSshArgs(
      setting(name, '', asText, "arguments of ssh, as '-J bastion'"),
    );
    const found = lastSet(host, name);
    if (found !== null && unheard.length > 0) warn(unheardMessage(unheard, found));
    for (const { what, why, hint } of refused)
      complain(`${found?.name}: ${what}: ${why}`, found?.variable.source ?? null, hint);
    return options;
  });
  return {
    ...(proxyJump !== null && { proxyJump }),
    ...(sshOptions.length > 0 && { sshOptions }),
    ...(transport !== null && { transport }),
    ...(collectCommand !== null && { collectCommand }),
  };
}

/** Warns about options on host keys: their author expects hosts to be accepted unchecked. */
function unheardMessage(options: readonly string[], { name, variable: { source } }: Found): string {
  const place = source === null ? '' : `${source.file}:${source.line}: `;
  return `${place}${name}: ${options.join(' and ')} ${options.length === 1 ? 'is' : 'are'} not followed: whom to trust is not for an inventory to say, but for --host-key-checking, --known-hosts and ssh_config`;
}

type Setting = <T>(
  name: keyof typeof SETTINGS,
  fallback: T,
  parse: (value: Json) => T | undefined,
  expected: string,
) => T;

interface Found {
  name: string;
  variable: Variable;
}

/** Returns the variable of a setting that was set last. As in Ansible, null is as good as not set. */
export function lastSet({ vars }: ResolvedHost, setting: keyof typeof SETTINGS): Found | null {
  const name = SETTINGS[setting].findLast((candidate) => (vars.get(candidate)?.value ?? null) !== null);
  // biome-ignore lint/style/noNonNullAssertion: the name was found among the variables
  return name === undefined ? null : { name, variable: vars.get(name)! };
}

/** Returns why the value of a variable is not known; null: it is. */
function whyUnreadable({ name, variable: { value, source } }: Found): string | null {
  const place = `${name} (${source.file}:${source.line})`;
  if (value === WITHHELD) return `${place} is in a vault, and twlint opens none: ${OR_GIVEN}`;
  return isTemplate(value) ? `${place} is a template, and twlint evaluates none: ${OR_GIVEN}` : null;
}

const OR_GIVEN = 'write the value itself, or give it with -e';

const foreignMessage = (plugin: string): string =>
  `ansible_connection is ${plugin}, which is none of twlint's: --via asks such hosts by a command of yours`;

function becomeOf(setting: Setting): Become | null {
  if (!setting('become', false, asBoolean, 'true or false')) return null;
  setting('becomeUser', 'root', (value) => (value === 'root' ? value : undefined), 'root');
  return setting('becomeMethod', 'sudo', asBecome, 'sudo or doas');
}

type Kind = 'ssh' | 'local' | 'image' | 'archive' | { plugin: string };

function asKind(value: Json): Kind | undefined {
  if (typeof value !== 'string') return undefined;
  const plugin = withoutCollection(value);
  if (plugin === 'local') return 'local';
  if (plugin === 'rootfs' || plugin === 'chroot') return 'image';
  if (plugin === 'sosreport') return 'archive';
  if (['ssh', 'smart', 'paramiko', 'paramiko_ssh'].includes(plugin)) return 'ssh';
  return plugin !== value || FOREIGN_PLUGINS.includes(plugin) ? { plugin: value } : undefined;
}

/**
 * Ansible's other connection plugins that go by a name without a collection (2.14, config/ansible_builtin_runtime.yml).
 */
export const FOREIGN_PLUGINS: readonly string[] = [
  ...['aws_ssm', 'buildah', 'docker', 'funcd', 'httpapi', 'iocage', 'jail', 'kubectl', 'libvirt_lxc', 'lxc'],
  ...['lxd', 'napalm', 'netconf', 'network_cli', 'oc', 'persistent', 'podman', 'psrp', 'qubes', 'saltstack'],
  ...['vmware_tools', 'winrm', 'zone'],
];

function asBecome(value: Json): Become | undefined {
  const plugin = withoutCollection(value);
  return plugin === 'sudo' || plugin === 'doas' ? plugin : undefined;
}

const TRANSPORTS: readonly string[] = ['auto', 'ssh2', 'openssh'] satisfies Transport[];

function asTransport(value: Json): Transport | undefined {
  return TRANSPORTS.includes(String(value)) ? (value as Transport) : undefined;
}

function asText(value: Json): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** Accepts the path of the collection script alone: an inventory must not be able to run just anything on a host. */
function asScript(value: Json): string | undefined {
  const path = asText(value);
  return path !== undefined && isInstallPath(path) ? path : undefined;
}

/** Tells whether an installed script may have this path: one that no shell expands or splits. */
export function isInstallPath(path: string): boolean {
  return /^(?:\/[\w.-]+)*\/twlint-collect$/.test(path);
}

/** `ansible.builtin.ssh` is `ssh`. */
function withoutCollection(value: Json): string {
  return String(value).replace(/^\w+\.\w+\./, '');
}

function asWord(value: Json): string | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  const word = String(value);
  return word !== '' && isPlainWord(word) ? word : undefined;
}

function asAddress(value: Json): string | undefined {
  const word = asWord(value);
  return word !== undefined && isHostAddress(word) ? word : undefined;
}

function asPort(value: Json): number | undefined {
  if (!/^\d{1,5}$/.test(String(value))) return undefined;
  const port = Number(value);
  return port >= 1 && port <= 65_535 ? port : undefined;
}

/** Ansible's booleans (module_utils/parsing/convert_bool.py). */
function asBoolean(value: Json): boolean | undefined {
  const word = String(value).trim().toLowerCase();
  if (['y', 'yes', 'on', '1', 'true', 't'].includes(word)) return true;
  return ['n', 'no', 'off', '0', 'false', 'f'].includes(word) ? false : undefined;
}

function asPath(value: Json, cwd: string, home: string | undefined): string | undefined {
  // ssh would replace ${NAME} by what the environment holds
  if (typeof value !== 'string' || value === '' || value.includes('$')) return undefined;
  if (home !== undefined && /^~(?:\/|$)/.test(value)) return resolve(home, `.${value.slice(1)}`);
  return resolve(cwd, value);
}
