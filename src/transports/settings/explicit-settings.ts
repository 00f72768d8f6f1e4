import type { UserError } from '../../errors.ts';
import type { Connection, Source } from '../../model.ts';
import { parseOption, type Setting } from '../ssh-config/parse.ts';

export type SshConnection = Extract<Connection, { kind: 'ssh' }>;

/** Someone who asks for settings. */
export interface SettingsRequest {
  name: string;
  legacy: boolean;
  explicit: Setting[];
  source: Source;
}

/** Returns an inventory's entries as the settings that they are for ssh. */
export function explicitSettings(connection: SshConnection, place: Source, errors: UserError[]): Setting[] {
  const { port, user, identityFile, proxyJump, sshOptions = [] } = connection;
  const options = proxyJump === undefined ? sshOptions : [`ProxyJump=${proxyJump}`, ...sshOptions];
  return [
    ...(port === null ? [] : [set('port', String(port), place)]),
    ...(user === null ? [] : [set('user', user, place)]),
    ...(identityFile === null ? [] : [set('identityfile', identityFile, place)]),
    ...options.flatMap((option) => parseOption(option, place, errors) ?? []),
  ];
}

export const set = (keyword: string, value: string, place: Source): Setting => ({
  kind: 'set',
  keyword,
  value: [value],
  place,
});
