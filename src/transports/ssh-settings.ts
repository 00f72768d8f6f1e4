/** How to reach a host by SSH, out of the command line, the inventory and ssh_config, in this order of precedence. */
import { hostname } from 'node:os';
import { UserError } from '../errors.ts';
import type { Connection, Source } from '../model.ts';
import { absolutePath, type Places } from './home-path.ts';
import type { HostKeyChecking } from './host-key.ts';
import type { KeyRequest } from './keys.ts';
import { firstValue, type Resolved, resolveSshConfig } from './ssh-config.ts';
import type { SshConfig } from './ssh-config-files.ts';
import { type Jump, jumpText, parseJumps } from './ssh-config-keywords.ts';
import { parseOption, type Setting } from './ssh-config-parse.ts';
import { foreignNeeds } from './ssh-needs.ts';
import { expand, type Tokens } from './ssh-tokens.ts';

export interface SshSettings {
  /** The host as it would be given to ssh. */
  name: string;
  address: string;
  port: number;
  user: string;
  legacy: boolean;
  keys: KeyRequest;
  /** Files with the host's keys, in the order in which they are looked into; null: those of --known-hosts. */
  knownHosts: string[] | null;
  /** What known_hosts files call it, where that is not its address and port. */
  hostKeyAlias: string | null;
  checking: HostKeyChecking;
  /** Where ssh_config switches the checking off. */
  uncheckedBy: Source | null;
  /** Milliseconds from the look-up of the name until logged in. */
  connectTimeout: number;
  /** Milliseconds of silence until the host is asked whether it is still there (0: never), and how often. */
  alive: { interval: number; count: number };
  /** The bastion that it is behind. */
  via: SshSettings | null;
  /** What only the system's ssh can do, and where it was asked for. */
  needs: string[];
  gssapi: boolean;
  /** It may have a running connection of the user's own to share. */
  controlPath: boolean;
  /** What counts more than ssh_config, as it stands after -o. */
  given: readonly Setting[];
}

/** What is the same for all hosts of a run. */
export interface Circumstances {
  config: SshConfig;
  places: Places;
  env: NodeJS.ProcessEnv;
  /** Who runs this. */
  localUser: string;
  /** --key, as absolute paths. */
  keyFiles: readonly string[];
  /** --host-key-checking; null: not given. */
  checking: HostKeyChecking | null;
  /** --known-hosts was given. */
  knownHostsGiven: boolean;
  /** --connect-timeout in milliseconds; null: not given. */
  connectTimeout: number | null;
  /** Where jumps may lead by name. */
  inventory: ReadonlyMap<string, SshConnection>;
}

export type SshConnection = Extract<Connection, { kind: 'ssh' }>;

const DEFAULT_TIMEOUT = 10_000;
/** Bastions behind bastions. */
const MAX_JUMPS = 8;

/** Settings of a target, and of the bastions before it. Mistakes go to `errors`. */
export function settingsOf(
  connection: SshConnection,
  source: Source,
  circumstances: Circumstances,
  errors: UserError[],
): SshSettings {
  const given = givenBy(connection, source, errors);
  const asked = { name: connection.address, legacy: connection.legacy, given, source };
  return settle(asked, [], circumstances, errors);
}

/** Someone who asks for settings. */
interface Asked {
  name: string;
  legacy: boolean;
  given: Setting[];
  source: Source;
}

/** What an inventory says, as the settings that they are for ssh. */
function givenBy(connection: SshConnection, place: Source, errors: UserError[]): Setting[] {
  const { port, user, identityFile, proxyJump, sshOptions = [] } = connection;
  const options = proxyJump === undefined ? sshOptions : [`ProxyJump=${proxyJump}`, ...sshOptions];
  return [
    ...(port === null ? [] : [set('port', String(port), place)]),
    ...(user === null ? [] : [set('user', user, place)]),
    ...(identityFile === null ? [] : [set('identityfile', identityFile, place)]),
    ...options.flatMap((option) => parseOption(option, place, errors) ?? []),
  ];
}

const set = (keyword: string, value: string, place: Source): Setting => ({
  kind: 'set',
  keyword,
  value: [value],
  place,
});

function settle(
  asked: Asked,
  trail: readonly string[],
  around: Circumstances,
  errors: UserError[],
): SshSettings {
  const { name, source } = asked;
  const { places, env, localUser } = around;
  const keys = around.keyFiles.map((file): Setting => set('identityfile', file, source));
  const given = [...asked.given, ...keys];
  const resolved = resolveSshConfig(around.config.files, { host: name, given, localUser });
  const value = (keyword: string) => firstValue(resolved.settings, keyword);
  const port = Number(value('port') ?? 22);
  const user = value('user') ?? localUser;
  const tokens = tokensFor(name, resolved, port, user, around);
  const paths = (keyword: string) =>
    (resolved.settings.get(keyword) ?? []).flatMap(({ value, place }) =>
      value.flatMap((text) => pathOf(text, tokens, place, around, errors)),
    );
  const checking = checkingOf(resolved, around);
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
      agent: agentOf(value('identityagent'), tokens, places, env),
    },
    knownHosts: around.knownHostsGiven ? null : knownHostsOf(resolved, paths),
    hostKeyAlias: value('hostkeyalias'),
    ...checking,
    connectTimeout: around.connectTimeout ?? milliseconds(value('connecttimeout'), DEFAULT_TIMEOUT),
    alive: {
      interval: milliseconds(value('serveraliveinterval'), 0),
      count: Number(value('serveralivecountmax') ?? 3),
    },
    via: viaOf(asked, resolved, tokens, [...trail, name], around, errors),
    needs: foreignNeeds(resolved),
    gssapi: value('gssapiauthentication') === 'yes',
    controlPath: (value('controlpath') ?? 'none') !== 'none',
    given,
  };
}

/** ssh_config(5), "TOKENS": those of IdentityFile, UserKnownHostsFile and the like, without %C and %j. */
function tokensFor(
  name: string,
  { host, settings }: Resolved,
  port: number,
  user: string,
  { places, localUser }: Circumstances,
): Tokens {
  const here = hostname();
  return {
    d: places.home,
    h: host,
    i: String(process.getuid?.() ?? ''),
    k: firstValue(settings, 'hostkeyalias') ?? name,
    L: here.replace(/\..*$/s, ''),
    l: here,
    n: name,
    p: String(port),
    r: user,
    u: localUser,
  };
}

/** None where it says `none`, or after a mistake. */
function pathOf(
  text: string,
  tokens: Tokens,
  place: Source,
  { places, env }: Circumstances,
  errors: UserError[],
): string[] {
  if (text.toLowerCase() === 'none') return [];
  const expanded = expand(text, tokens, env);
  if (expanded.ok) return [absolutePath(expanded.text, places)];
  errors.push(new UserError(`${text}: ${expanded.why}`, { source: place }));
  return [];
}

/** A socket; null: no agent is to be asked. */
function agentOf(
  value: string | null,
  tokens: Tokens,
  places: Places,
  env: NodeJS.ProcessEnv,
): string | undefined | null {
  if (value === null || value === 'SSH_AUTH_SOCK') return env.SSH_AUTH_SOCK;
  if (value.toLowerCase() === 'none') return null;
  // $OTHER_AGENT, the whole of it
  if (/^\$\w/.test(value)) return env[value.slice(1)];
  const expanded = expand(value, tokens, env);
  return expanded.ok ? absolutePath(expanded.text, places) : undefined;
}

const USER_FILES = ['~/.ssh/known_hosts', '~/.ssh/known_hosts2'];
const GLOBAL_FILES = ['/etc/ssh/ssh_known_hosts', '/etc/ssh/ssh_known_hosts2'];

function knownHostsOf({ settings }: Resolved, paths: (keyword: string) => string[]): string[] {
  const files = (keyword: string, defaults: string[]) => (settings.has(keyword) ? paths(keyword) : defaults);
  return [...files('userknownhostsfile', USER_FILES), ...files('globalknownhostsfile', GLOBAL_FILES)];
}

function checkingOf(
  { settings }: Resolved,
  { checking }: Circumstances,
): Pick<SshSettings, 'checking' | 'uncheckedBy'> {
  if (checking !== null) return { checking, uncheckedBy: null };
  const setting = settings.get('stricthostkeychecking')?.[0];
  const value = setting?.value[0];
  if (value === 'no') return { checking: 'off', uncheckedBy: setting!.place };
  return { checking: value === 'accept-new' ? value : 'strict', uncheckedBy: null };
}

const milliseconds = (seconds: string | null, fallback: number) =>
  seconds === null || seconds === '0' ? fallback : Number(seconds) * 1000;

/** `a,b`: b is behind a, and the host behind b. Before a, its own ProxyJump counts, as with ssh. */
function viaOf(
  { name, source }: Asked,
  { settings }: Resolved,
  tokens: Tokens,
  trail: readonly string[],
  around: Circumstances,
  errors: UserError[],
): SshSettings | null {
  const setting = settings.get('proxyjump')?.[0];
  const list = setting?.value[0] ?? 'none';
  if (setting === undefined || list === 'none') return null;
  const { h, n, p, r } = tokens as Record<string, string>;
  const expanded = expand(list, { h: h!, n: n!, p: p!, r: r! }, null);
  const jumps = expanded.ok ? parseJumps(expanded.text) : null;
  const refuse = (message: string, hint: string | null = null) => {
    errors.push(new UserError(`ProxyJump ${list}: ${message}`, { source: setting.place, hint }));
    return null;
  };
  if (jumps === null) return refuse(expanded.ok ? 'no list of hosts' : expanded.why);
  if (trail.length > MAX_JUMPS)
    return refuse(
      `more than ${MAX_JUMPS} bastions: ${trail.slice(0, 4).join(' behind ')} behind ...`,
      'is a bastion behind itself? In ssh_config, Host * !BASTION leaves it out',
    );
  const named = setting.place === source ? beforeItself(jumps, name, Number(p), around) : jumps;
  const last = named.at(-1);
  if (last === undefined) return null;
  return settle(
    jumpTo(last, named.slice(0, -1), setting.place, source, around, errors),
    trail,
    around,
    errors,
  );
}

/** A group's variable also reaches the bastion that it names, which is then behind those before it. */
function beforeItself(jumps: Jump[], name: string, port: number, { inventory }: Circumstances): Jump[] {
  const itself = jumps.findIndex((jump) => {
    const own = inventory.get(jump.host);
    return (own?.address ?? jump.host) === name && (jump.port ?? own?.port ?? port) === port;
  });
  return itself < 0 ? jumps : jumps.slice(0, itself);
}

/** A bastion's own entry in the inventory counts for it, after what the jump says. */
function jumpTo(
  { host, user, port }: Jump,
  before: readonly Jump[],
  place: Source,
  source: Source,
  { inventory }: Circumstances,
  errors: UserError[],
): Asked {
  const own = place === source ? inventory.get(host) : undefined;
  const given = [
    ...(user === null ? [] : [set('user', user, place)]),
    ...(port === null ? [] : [set('port', String(port), place)]),
    ...(before.length === 0 ? [] : [set('proxyjump', before.map(jumpText).join(','), place)]),
    ...(own === undefined ? [] : givenBy(own, source, errors)),
  ];
  return { name: own?.address ?? host, legacy: own?.legacy ?? false, given, source };
}

/** For people: `lb-1`, or `lb-1 (10.0.0.1 port 2222)`. */
export function placeName({ name, address, port }: SshSettings): string {
  return name === address && port === 22 ? name : `${name} (${address} port ${port})`;
}
