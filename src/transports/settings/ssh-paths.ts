/** Paths in values of ssh_config, with their tokens expanded. */
import { hostname } from 'node:os';
import { UserError } from '../../errors.ts';
import type { Source } from '../../model.ts';
import { absolutePath, type HomePlaces } from '../home-path.ts';
import { firstValue, type Resolved } from '../ssh-config/ssh-config.ts';
import { type ConnectionTokens, expand, type Tokens } from '../ssh-config/ssh-tokens.ts';
import { isHashed } from './ssh-needs.ts';

/** The user who connects, and the machine. */
export interface Whose {
  places: HomePlaces;
  env: NodeJS.ProcessEnv;
  /** The user who runs this. */
  localUser: string;
}

/** Returns the tokens of IdentityFile, UserKnownHostsFile and the like, without %C and %j: ssh_config(5), "TOKENS". */
export function tokensFor(
  name: string,
  { host, settings }: Resolved,
  port: number,
  user: string,
  { places, localUser }: Whose,
): ConnectionTokens {
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

/** Returns a path. None where the value is `none`, where only ssh itself knows it (`%C`), or after a mistake. */
export function expandPath(
  text: string,
  tokens: Tokens,
  place: Source,
  { places, env }: Whose,
  errors: UserError[],
): string[] {
  if (text.toLowerCase() === 'none' || isHashed(text)) return [];
  const expanded = expand(text, tokens, env);
  if (expanded.ok) return [absolutePath(expanded.text, places)];
  errors.push(new UserError(`${text}: ${expanded.why}`, { source: place }));
  return [];
}

/** Returns the agent's socket; null: no agent is to be asked. */
export function agentOf(
  value: string | null,
  tokens: Tokens,
  { places, env }: Whose,
): string | undefined | null {
  if (value === null || value === 'SSH_AUTH_SOCK') return env.SSH_AUTH_SOCK;
  if (value.toLowerCase() === 'none') return null;
  // the whole value is $OTHER_AGENT
  if (/^\$\w/.test(value)) return env[value.slice(1)];
  const expanded = expand(value, tokens, env);
  return expanded.ok ? absolutePath(expanded.text, places) : undefined;
}

const USER_FILES = ['~/.ssh/known_hosts', '~/.ssh/known_hosts2'];
const GLOBAL_FILES = ['/etc/ssh/ssh_known_hosts', '/etc/ssh/ssh_known_hosts2'];

export function knownHostsOf({ settings }: Resolved, paths: (keyword: string) => string[]): string[] {
  const files = (keyword: string, defaults: string[]) => (settings.has(keyword) ? paths(keyword) : defaults);
  return [...files('userknownhostsfile', USER_FILES), ...files('globalknownhostsfile', GLOBAL_FILES)];
}
