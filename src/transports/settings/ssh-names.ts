import { UserError } from '../../errors.ts';
import type { Source } from '../../model.ts';
import { HOST_ADDRESS_HINT, isHostAddress, isKnownHostsName } from '../../network/host-name.ts';
import type { Resolved } from '../ssh-config/ssh-config.ts';
import type { SettingsRequest } from './explicit-settings.ts';

/**
 * Refuses unfit names of a host, whoever gave them: nothing else is connected to, and nothing else gets into
 * known_hosts.
 */
export function refuseNames(
  { name, source }: SettingsRequest,
  { host, settings }: Resolved,
  errors: UserError[],
): void {
  const refuse = (text: string, why: string, place: Source) =>
    errors.push(new UserError(`${JSON.stringify(text)} ${why}`, { source: place, hint: HOST_ADDRESS_HINT }));
  const [hostName, alias] = [settings.get('hostname')?.[0], settings.get('hostkeyalias')?.[0]];
  const odd = [name, host].find((text) => !isHostAddress(text));
  const place = odd === name ? source : (hostName?.place ?? source);
  if (odd !== undefined) refuse(odd, 'is no name and no address of one host', place);
  if (alias !== undefined && !isKnownHostsName(alias.value[0] ?? ''))
    refuse(alias.value[0] ?? '', 'is no HostKeyAlias of one host', alias.place);
}
