/** The choice of the ssh that a host is reached with. Pure. */
import type { Transport } from '../../model.ts';
import type { Offer } from '../keys/keys.ts';
import { expectedKeys } from '../known-hosts/host-key.ts';
import type { KnownHosts } from '../known-hosts/known-hosts-files.ts';
import { endpointName, type SshSettings } from './ssh-settings.ts';

/** The ssh that a host is reached with. */
export interface Choice {
  transport: Exclude<Transport, 'auto'>;
  /** The needs that ask for it: empty where nothing does, and ssh2 will do. */
  why: string[];
}

/** The known keys of a host, and ours. */
export interface Keyring {
  offerKeys(request: SshSettings['keys']): Offer;
  knownHosts(settings: SshSettings): KnownHosts;
  /** True when somebody gave a password, which only ssh2 can use. */
  password: boolean;
}

/** Chooses by the transport asked for and the configuration; null where it depends on keys, too. */
export function choiceBySettings(asked: Transport, settings: SshSettings): Choice | null {
  if (asked !== 'auto') return { transport: asked, why: ['as it was asked for'] };
  const why = needsOfAll(settings, ({ needs }) => needs);
  return why.length > 0 ? { transport: 'openssh', why } : null;
}

/** Chooses by the keys: ssh2 takes neither certificates nor keys on security tokens. */
export function choiceByKeys(settings: SshSettings, keyring: Keyring): Choice {
  const why = needsOfAll(settings, (hop) => keyNeeds(hop, keyring));
  return { transport: why.length > 0 ? 'openssh' : 'ssh2', why };
}

/** Returns the settings that ssh2 can't do, on the whole path. */
export function needsOfAll(settings: SshSettings, needsOf: (hop: SshSettings) => string[]): string[] {
  const { via } = settings;
  const before = via === null ? [] : needsOfAll(via, needsOf);
  const bastion = via === null ? '' : `for the bastion ${endpointName(via)}: `;
  return [
    ...needsOf(settings),
    ...before.map((need) => (/^for the bastion/.test(need) ? need : bastion + need)),
  ];
}

function keyNeeds(settings: SshSettings, { offerKeys, knownHosts, password }: Keyring): string[] {
  const { identities, certificates, foreign } = offerKeys(settings.keys);
  const { lines, withoutPort } = expectedKeys(settings, knownHosts(settings));
  const authority = [...lines, ...withoutPort].find(({ marker }) => marker === 'cert-authority');
  const helpless = identities.length === 0 && !password;
  return [
    ...certificates.map((name) => `the certificate ${name}`),
    ...(authority ? [`@cert-authority (${authority.file}:${authority.line})`] : []),
    ...(helpless ? foreign.map((name) => `${name} on a security token, and no other key`) : []),
    ...(helpless && settings.gssapi ? ['GSSAPIAuthentication, and no key'] : []),
  ];
}
