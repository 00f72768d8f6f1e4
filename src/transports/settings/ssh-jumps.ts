import { UserError } from '../../errors.ts';
import type { Source } from '../../model.ts';
import { type Jump, jumpText, parseJumps } from '../ssh-config/keywords.ts';
import type { Resolved } from '../ssh-config/ssh-config.ts';
import { type ConnectionTokens, expand } from '../ssh-config/ssh-tokens.ts';
import { explicitSettings, type SettingsRequest, type SshConnection, set } from './explicit-settings.ts';

/** The hosts that jumps may lead to by name. */
export type JumpInventory = ReadonlyMap<string, SshConnection>;

/** The most bastions behind bastions. */
const MAX_JUMPS = 8;

/**
 * Returns the bastion that comes last on the path. `a,b`: b is behind a, and the host behind b. Before a, its own
 * ProxyJump counts, as with ssh. `trail`: the hosts behind it, with the one that all is about first.
 */
export function lastBastion(
  { name, source }: SettingsRequest,
  { settings }: Resolved,
  tokens: ConnectionTokens,
  trail: readonly string[],
  inventory: JumpInventory,
  errors: UserError[],
): SettingsRequest | null {
  const setting = settings.get('proxyjump')?.[0];
  const list = setting?.value[0] ?? 'none';
  if (setting === undefined || list === 'none') return null;
  const { h, n, p, r } = tokens;
  const expanded = expand(list, { h, n, p, r }, null);
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
  const named = setting.place === source ? beforeItself(jumps, name, Number(p), inventory) : jumps;
  const last = named.at(-1);
  return last === undefined
    ? null
    : jumpTo(last, named.slice(0, -1), setting.place, source, inventory, errors);
}

/**
 * Returns the jumps before the bastion itself: a group's variable also reaches the bastion that it names, which is then
 * behind those before it.
 */
function beforeItself(jumps: Jump[], name: string, port: number, inventory: JumpInventory): Jump[] {
  const itself = jumps.findIndex((jump) => {
    const own = inventory.get(jump.host);
    return (own?.address ?? jump.host) === name && (jump.port ?? own?.port ?? port) === port;
  });
  return itself < 0 ? jumps : jumps.slice(0, itself);
}

/**
 * Returns the settings of a jump: a bastion's own entry in the inventory counts for it, after the jump's own values.
 */
function jumpTo(
  { host, user, port }: Jump,
  before: readonly Jump[],
  place: Source,
  source: Source,
  inventory: JumpInventory,
  errors: UserError[],
): SettingsRequest {
  const own = place === source ? inventory.get(host) : undefined;
  const explicit = [
    ...(user === null ? [] : [set('user', user, place)]),
    ...(port === null ? [] : [set('port', String(port), place)]),
    ...(before.length === 0 ? [] : [set('proxyjump', before.map(jumpText).join(','), place)]),
    ...(own === undefined ? [] : explicitSettings(own, source, errors)),
  ];
  return { name: own?.address ?? host, legacy: own?.legacy ?? false, explicit, source };
}
