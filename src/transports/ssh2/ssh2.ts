import type { SshClient } from '../session.ts';
import { endpointName } from '../settings/ssh-settings.ts';
import { shareBastions } from './bastions.ts';
import { type ReachOptions, reachHost } from './reach-host.ts';
import { sshSession } from './ssh-session.ts';

/** The SSH client in this process: ssh2, with our own host key checking, at every hop. */
export function ssh2Client(options: ReachOptions): SshClient {
  // a password is meant for the hosts, not for those on the path
  const withKeys = { ...options, password: null };
  const bastions = shareBastions(
    // how far it comes with a bastion is reported by the failure alone
    (bastion, signal) => reachHost(bastion, withKeys, bastions, signal, () => {}),
    options.retries,
  );
  return {
    async open(settings, signal, tell) {
      const link = await reachHost(settings, options, bastions, signal, tell);
      if (!link.ok) return link;
      const { client, socket } = link.value;
      return { ok: true, value: sshSession(client, socket, settings.via && endpointName(settings.via)) };
    },
    close: () => bastions.close(),
  };
}
