/** Messages for a host that let us in and can't be asked; `said`: the cause as it was reported, in parentheses. */

export const noSessionMessage = (message: string) =>
  `the host let us in but opens no session (${message}): see MaxSessions in its sshd_config`;

export const noCommandMessage = (message: string) =>
  `the host let us in but runs no command (${message}): see ForceCommand and the user's shell there`;

/**
 * Returns the message for a closed connection. `bastion`: the last one on the path, which may be gone when the host
 * seems to be.
 */
export const closedMessage = (bastion: string | null) =>
  `the host ${bastion === null ? '' : `or the bastion ${bastion} `}closed the connection`;
