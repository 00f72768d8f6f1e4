import { type Check, passed } from '../check.ts';
import type { SshSettings } from '../settings/ssh-settings.ts';
import { routeMessage } from '../ssh2/bastion-messages.ts';
import { greetingOf, hostKeyOf } from './log.ts';

/** Returns the findings of the system's ssh at each stage, once it is logged in. */
export function opensshChecks(log: string, { address, port, user, via }: SshSettings): Check[] {
  if (log === '') return [passed('login', 'over the connection that you keep open (ControlPath)')];
  const found = (pattern: RegExp) => pattern.exec(log)?.[1] ?? '';
  const proxied = /^debug1: Executing proxy command/m.test(log);
  const direct = found(/^debug1: Connecting to \S+ \[(\S+)\] port/m) || address;
  const route = via === null ? (proxied ? 'by its ProxyCommand' : 'direct') : `by ${routeMessage(via)}`;
  const agreed = ['algorithm', 'host key algorithm', 'client->server cipher'];
  const [, key, kind] = /^debug1: Server accepts key: (.*) (\S+) SHA256:/m.exec(log) ?? [];
  const means = key === undefined ? found(/^Authenticated to .* using "(.*)"/m) : `${key} (${kind})`;
  return [
    passed('address', `${direct} port ${port}`),
    passed('route', `${route}, with the system's ssh`),
    passed('greeting', greetingOf(log).replace(/^SSH-[\d.]+-/, '')),
    passed(
      'key exchange',
      agreed.map((what) => found(new RegExp(`^debug1: kex: ${what}: (\\S+)`, 'm'))).join(', '),
    ),
    passed('host key', `${hostKeyOf(log)} ${trustMessage(log)}`),
    passed('login', `as ${user} with ${means}`),
  ];
}

function trustMessage(log: string): string {
  const [, authority, place] = /^debug1: Found (CA )?key in (\S+)/m.exec(log) ?? [];
  if (place !== undefined) return authority ? `is certified by a key in ${place}` : `is in ${place}`;
  return /^Warning: Permanently added .* to the list of known hosts/m.test(log)
    ? 'is new'
    : 'was not checked';
}
