/** What keeps a host that let us in from being asked; `said`: by whom it is told, in parentheses. */

export const noSessionMessage = (said: string) =>
  `the host let us in but opens no session (${said}): see MaxSessions in its sshd_config`;

export const noCommandMessage = (said: string) =>
  `the host let us in but runs no command (${said}): see ForceCommand and the user's shell there`;

/** `bastion`: the last one on the way, which may be what is gone when the host seems to be. */
export const closedMessage = (bastion: string | null) =>
  `the host ${bastion === null ? '' : `or the bastion ${bastion} `}closed the connection`;
