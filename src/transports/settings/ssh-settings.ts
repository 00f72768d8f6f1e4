/**
 * The settings to reach a host by SSH, from the command line, the inventory and ssh_config, in this order of
 * precedence.
 */
import type { UserError } from '../../errors.ts';
import type { Source } from '../../model.ts';
import type { KeyRequest } from '../keys/keys.ts';
import type { HostKeyChecking } from '../known-hosts/host-key.ts';
import type { SshConfig } from '../ssh-config/files.ts';
import type { Setting } from '../ssh-config/parse.ts';
import { firstValue, type Resolved, resolveSshConfig } from '../ssh-config/ssh-config.ts';
import { explicitSettings, type SettingsRequest, type SshConnection, set } from './explicit-settings.ts';
import { type JumpInventory, lastBastion } from './ssh-jumps.ts';
import { refuseNames } from './ssh-names.ts';
import { foreignNeeds } from './ssh-needs.ts';
import { agentOf, expandPath, knownHostsOf, tokensFor, type Whose } from './ssh-paths.ts';

export interface SshSettings {
  /** The host as it would be given to ssh. */
  name: string;
  address: string;
  port: number;
  user: string;
  legacy: boolean;
  keys: KeyRequest;
  /** The files with the host's keys, in the order in which they are looked into; null: those of --known-hosts. */
  knownHosts: string[] | null;
  /** The name in known_hosts files, where that is not its address and port. */
  hostKeyAlias: string | null;
  /** True when its name is hidden in known_hosts: HashKnownHosts. */
  hashed: boolean;
  checking: HostKeyChecking;
  /** The place where ssh_config switches the checking off. */
  uncheckedBy: Source | null;
  /** The milliseconds from the look-up of the name until logged in. */
  connectTimeout: number;
  /**
   * The milliseconds of silence until the host is asked whether it is still there (0: never), and the number of times.
   */
  alive: { interval: number; count: number };
  /** The bastion that it is behind. */
  via: SshSettings | null;
  /** The settings that only the system's ssh can do, and where they were asked for. */
  needs: string[];
  /** True when GSSAPIAuthentication is on, whoever asked for it. */
  gssapi: boolean;
  /** True when it may have a running connection of the user's own to share. */
  controlPath: boolean;
  /** The settings that count more than ssh_config, as they stand after -o. */
  explicit: readonly Setting[];
}

/** The circumstances that are the same for all hosts of a run. */
export interface Circumstances extends Whose {
  config: SshConfig;
  /** The files of --key, as absolute paths. */
  keyFiles: readonly string[];
  /** The value of --host-key-checking; null: not given. */
  checking: HostKeyChecking | null;
  /** True when --known-hosts was given. */
  knownHostsGiven: boolean;
  /** The value of --connect-timeout in milliseconds; null: not given. */
  connectTimeout: number | null;
  inventory: JumpInventory;
}

const DEFAULT_TIMEOUT = 10_000;

/** Returns the settings of a target, and of the bastions before it. Mistakes go to `errors`. */
export function resolveSettings(
  connection: SshConnection,
  source: Source,
  circumstances: Circumstances,
  errors: UserError[],
): SshSettings {
  const explicit = explicitSettings(connection, source, errors);
  const asked = { name: connection.address, legacy: connection.legacy, explicit, source };
  return settle(asked, [], circumstances, errors);
}

function settle(
  asked: SettingsRequest,
  trail: readonly string[],
  around: Circumstances,
  errors: UserError[],
): SshSettings {
  const { name, source } = asked;
  const keys = around.keyFiles.map((file): Setting => set('identityfile', file, source));
  const all = [...asked.explicit, ...keys];
  const resolved = resolveSshConfig(around.config.files, {
    host: name,
    explicit: all,
    localUser: around.localUser,
  });
  refuseNames(asked, resolved, errors);
  const value = (keyword: string) => firstValue(resolved.settings, keyword);
  const port = Number(value('port') ?? 22);
  const user = value('user') ?? around.localUser;
  const tokens = tokensFor(name, resolved, port, user, around);
  const paths = (keyword: string) =>
    (resolved.settings.get(keyword) ?? []).flatMap(({ value, place }) =>
      value.flatMap((text) => expandPath(text, tokens, place, around, errors)),
    );
  const checking = checkingOf(resolved, around);
  const behind = [...trail, name];
  const bastion = lastBastion(asked, resolved, tokens, behind, around.inventory, errors);
  return {
    name,
    address: resolved.host,
    port,
    user,
    legacy: asked.legacy,
    keys: {
      files: paths('identityfile'),
      noDefaults: resolved.settings.has('identityfile'),
      only: value('identitiesonly') === 'yes',
      agent: agentOf(value('identityagent'), tokens, around),
    },
    knownHosts: around.knownHostsGiven ? null : knownHostsOf(resolved, paths),
    hostKeyAlias: value('hostkeyalias'),
    hashed: value('hashknownhosts') === 'yes',
    ...checking,
    connectTimeout: around.connectTimeout ?? milliseconds(value('connecttimeout'), DEFAULT_TIMEOUT),
    alive: {
      interval: milliseconds(value('serveraliveinterval'), 0),
      count: Number(value('serveralivecountmax') ?? 3),
    },
    via: bastion && settle(bastion, behind, around, errors),
    needs: foreignNeeds(resolved),
    gssapi: value('gssapiauthentication') === 'yes',
    controlPath: (value('controlpath') ?? 'none') !== 'none',
    explicit: all,
  };
}

function checkingOf(
  { settings }: Resolved,
  { checking }: Circumstances,
): Pick<SshSettings, 'checking' | 'uncheckedBy'> {
  if (checking !== null) return { checking, uncheckedBy: null };
  const setting = settings.get('stricthostkeychecking')?.[0];
  const value = setting?.value[0];
  if (setting && value === 'no') return { checking: 'off', uncheckedBy: setting.place };
  return { checking: value === 'accept-new' ? value : 'strict', uncheckedBy: null };
}

const milliseconds = (seconds: string | null, fallback: number) =>
  seconds === null || seconds === '0' ? fallback : Number(seconds) * 1000;

/** Names a host for people: `lb-1`, or `lb-1 (10.0.0.1 port 2222)`. */
export function endpointName({ name, address, port }: SshSettings): string {
  return name === address && port === 22 ? name : `${name} (${address} port ${port})`;
}

/** Returns a key, equal for the same path to the same host, whichever line of whichever file has it. */
export function settingsKey(settings: SshSettings): string {
  return JSON.stringify(settings, (key, value) =>
    key === 'place' || key === 'uncheckedBy' ? undefined : value,
  );
}
