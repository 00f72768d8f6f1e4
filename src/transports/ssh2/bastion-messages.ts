import { type Trouble, trouble } from '../check.ts';
import { endpointName, type SshSettings } from '../settings/ssh-settings.ts';

/** Returns where a host is: `10.0.0.5 port 22 behind the bastion jump`. */
export function whereIs({ address, port, via }: SshSettings): string {
  return `${address} port ${port}${via === null ? '' : ` behind the bastion ${endpointName(via)}`}`;
}

/** Returns the path to a bastion: `jump, then inner`. */
export function routeMessage(bastion: SshSettings): string {
  return bastion.via === null
    ? endpointName(bastion)
    : `${routeMessage(bastion.via)}, then ${endpointName(bastion)}`;
}

/** Reports a bastion that could not be reached. */
export function uselessMessage(bastion: SshSettings, what: string, remedy: string): Trouble {
  return trouble(`the bastion ${endpointName(bastion)} can't be used: ${what}`, remedy);
}

/** Reports a bastion that opens no channel to a host. `tried`: it would, but got no connection. */
export function barredMessage(
  bastion: SshSettings,
  to: SshSettings,
  message: string,
  tried: boolean,
): Trouble {
  const place = `${to.address} port ${to.port}`;
  if (tried)
    return trouble(
      `the bastion ${endpointName(bastion)} has no connection to ${place} (${message})`,
      'is the host up, is sshd running there, and does a firewall between them reject it?',
    );
  return trouble(
    `the bastion ${endpointName(bastion)} does not lead to ${place} (${message})`,
    'see AllowTcpForwarding and PermitOpen in its sshd_config',
  );
}
