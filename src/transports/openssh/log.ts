/** The log that the system's ssh (OpenSSH 9.2) writes with -vv while it logs in. Pure. */
import { wordTable } from '../../word-table.ts';
import { keyName } from '../known-hosts/host-key.ts';
import type { Moment } from '../ssh2/login-messages.ts';

/** The number of characters that are kept. */
const LIMIT = 64 * 1024;

/** Keeps the end of the log. */
export function opensshLog(): { add(chunk: Buffer): void; text(): string } {
  let text = '';
  return {
    add(chunk) {
      // its lines end as a terminal wants them
      text = (text + chunk.toString('utf8').replaceAll('\r', '')).slice(-LIMIT);
    },
    text: () => text,
  };
}

/** The lines that show that ssh has come so far; the furthest counts. */
const MOMENTS: [line: RegExp, moment: Moment][] = [
  [/^debug1: SSH2_MSG_SERVICE_ACCEPT received/m, 'login'],
  [/^debug1: Remote protocol version/m, 'key exchange'],
  [/^debug1: (?:Connection established|Executing proxy command)/m, 'greeting'],
  [/^debug1: Connecting to /m, 'route'],
];

export function momentOf(log: string): Moment {
  return MOMENTS.find(([line]) => line.test(log))?.[1] ?? 'address';
}

/** Returns the first lines that the host sent. */
export function greetingOf(log: string): string {
  const other = log.matchAll(/^debug1: (?:kex|ssh)_exchange_identification: banner line \d+: (.*)$/gm);
  const [, version, software] =
    /^debug1: Remote protocol version (\S+), remote software version (.*)/m.exec(log) ?? [];
  const greeting = version === undefined ? [] : [`SSH-${version}-${software}`];
  return [...[...other].map(([, message = '']) => message), ...greeting].join('\n');
}

/** Returns the messages of ssh beside the details of -vv. */
export function plainLines(log: string): string[] {
  return log.split('\n').filter((line) => line !== '' && !/^(?:debug\d: |OpenSSH_|@{5})/.test(line));
}

/** Returns the key that the host presents: `ED25519 SHA256:...`. */
export function hostKeyOf(log: string): string {
  // debug1: Server host key: ssh-ed25519 SHA256:pT7j...
  // debug1: Server host certificate: ssh-ed25519-cert-v01@openssh.com SHA256:pT7j..., serial 0 ID "web" CA ...
  const [, type, print = ''] = /^debug1: Server host (?:key|certificate): (\S+) ([^\s,]+)/m.exec(log) ?? [];
  return type === undefined ? 'none that ssh tells' : keyName(type.replace(/-v\d\d@.*$/, ''), print);
}

/** Returns a message on the hosts whose key ssh believed because it was the first. */
export function newKeyMessage(log: string): string[] {
  // Warning: Permanently added '[127.0.0.1]:2222' (ED25519) to the list of known hosts.
  const added = log.matchAll(/^Warning: Permanently added '(.*)' \(.*\) to the list of known hosts/gm);
  return [...added].map(([, name]) => `${name} is new: its host key ${hostKeyOf(log)} is known from now on`);
}

/**
 * Returns the certificate: `serial 0 ID "web" CA ssh-ed25519 SHA256:... valid from ... to ...`; null where it presents
 * none.
 */
export function certificateOf(log: string): string | null {
  return /^debug1: Server host certificate: \S+ [^\s,]+, (.*)$/m.exec(log)?.[1] ?? null;
}

/** Returns the keys that were offered, by name. */
export function identitiesOf(log: string): string[] {
  // debug1: Offering public key: /root/.ssh/id_rsa RSA SHA256:... explicit agent
  const offered = log.matchAll(/^debug1: Offering public key: (.*) (\S+) SHA256:\S+(.*)$/gm);
  return [...offered].map(([, name = '', kind, from = '']) =>
    / agent/.test(from) && !name.startsWith('/') ? `the agent's "${name}" (${kind})` : `${name} (${kind})`,
  );
}

/** Returns the keys that the host would have taken, had they signed, and why they did not. */
export function unsignedOf(log: string): string[] {
  // sign_and_send_pubkey: signing failed for ED25519 "me@laptop" from agent: agent refused operation
  const failed = log.matchAll(/^sign_and_send_pubkey: signing failed for \S+ "(.*)"[^:]*: (.*)$/gm);
  const unsigned = [...failed].map(([, name, why]) => `${name} did not sign: ${why}`);
  // followed by nothing: it is encrypted, and ssh may ask for no passphrase
  const locked = log.matchAll(
    /^debug1: Server accepts key: (.*) \S+ SHA256:.*\n(?:debug2: we did not send a packet|debug1: (?:Offering|No more))/gm,
  );
  return [...unsigned, ...[...locked].map(([, path]) => `${path}: encrypted: add it to the agent (ssh-add)`)];
}

/**
 * The properties that both sides need one in common of: ssh's name for it, the name of our list of them in -vv, and
 * ours.
 */
export const NEGOTIATED = wordTable<{ list: string; ours: string }>({
  'key exchange method': { list: 'KEX algorithms', ours: 'key exchange' },
  'host key type': { list: 'host key algorithms', ours: 'kind of host key' },
  cipher: { list: 'ciphers ctos', ours: 'cipher' },
  MAC: { list: 'MACs ctos', ours: 'MAC' },
  'compression type': { list: 'compression ctos', ours: 'compression' },
});

/** Returns our offer of it: the first of the two lists is ours. */
export function ownOffer(log: string, what: string): string[] {
  const { list } = NEGOTIATED[what] ?? { list: what };
  const line = log.split('\n').find((each) => each.startsWith(`debug2: ${list}: `)) ?? '';
  return line.slice(`debug2: ${list}: `.length).split(',');
}

/** Returns why a bastion opened no channel to that place: the last that its own connection reported of it. */
export function channelRefusal(log: string, address: string, port: number): string | null {
  const refused = new Map<string, string>();
  let found: string | null = null;
  for (const line of log.split('\n')) {
    // channel 2: open failed: connect failed: Connection refused
    const [, channel, why = ''] = /^channel (\d+): open failed: (.*)/.exec(line) ?? [];
    if (channel !== undefined) refused.set(channel, why);
    // debug1: channel 2: free: direct-tcpip: listening port 0 for 10.0.0.1 port 22, connect from ...
    const [, freed, to] =
      /^debug1: channel (\d+): free: direct-tcpip: .*? for (\S+ port \d+),/.exec(line) ?? [];
    if (freed !== undefined && to === `${address} port ${port}`) found = refused.get(freed) ?? found;
    if (freed !== undefined) refused.delete(freed);
  }
  return found;
}
