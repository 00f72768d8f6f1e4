/** The names and addresses by which one host is connected to, and known. Pure. */

const ONE_HOST = /^[\p{L}\p{N}_:][\p{L}\p{M}\p{N}_.:%+~-]{0,252}$/u;

/** Those characters, for messages. */
export const HOST_CHARACTERS = 'letters, digits and . _ - : % + ~';

export const HOST_ADDRESS_HINT = `it is made of ${HOST_CHARACTERS}; a pattern, a list or what means something to a shell is none`;

/**
 * Tells whether the text is one name or address: nothing that OpenSSH refuses (ssh.c, valid_hostname), and no pattern
 * or list of names, which in a known_hosts file would make one host's key known for others.
 */
export const isHostAddress = (text: string): boolean => ONE_HOST.test(text);

/** Tells whether a known_hosts line that begins with it is for it alone: sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT". */
export const isKnownHostsName = (text: string): boolean => /^(?![@#|])[^\s\p{C}*?!,|]{1,300}$/u.test(text);
