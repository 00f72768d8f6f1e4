import type { Options } from 'yargs';

const CONNECTING = { requiresArg: true, group: 'Connecting:' } as const;

/** Options for how hosts are reached and asked, which have a page of help of their own. */
export const connectionOptions = {
  'ssh-config': {
    ...CONNECTING,
    alias: 'F',
    type: 'string',
    describe: "ssh_config file, instead of ssh's own two; or none",
  },
  transport: {
    ...CONNECTING,
    choices: ['auto', 'ssh2', 'openssh'] as const,
    describe:
      "Whose client: our own (ssh2), the system's ssh, or that where ours can't do what is asked (auto)",
  },
  via: {
    ...CONNECTING,
    type: 'string',
    describe: "Instead of SSH, a command that starts a sh there: 'docker exec -i {host} sh'",
  },
  key: {
    ...CONNECTING,
    type: 'string',
    array: true,
    describe: 'Private key file, tried before those of ssh_config and the default ones; repeats',
  },
  'ask-pass': {
    type: 'boolean',
    default: false,
    alias: 'k',
    group: 'Connecting:',
    describe: 'Ask for the password to log in with, or take TWLINT_SSH_PASSWORD',
  },
  'ask-become-pass': {
    type: 'boolean',
    default: false,
    alias: 'K',
    group: 'Connecting:',
    describe: 'Ask for the password for sudo, or take TWLINT_BECOME_PASSWORD',
  },
  'known-hosts': {
    ...CONNECTING,
    type: 'string',
    array: true,
    describe: "File with host keys, instead of ssh's own; repeats",
  },
  'host-key-checking': {
    ...CONNECTING,
    choices: ['strict', 'accept-new', 'off'] as const,
    describe: 'What to do about a host whose key is not known (strict, unless ssh_config says otherwise)',
  },
  'connect-timeout': {
    ...CONNECTING,
    type: 'string',
    describe: 'Time to connect and log in (10s, unless ssh_config says otherwise)',
  },
  'host-timeout': {
    ...CONNECTING,
    type: 'string',
    default: '60s',
    describe: 'Time for all answers of a host',
  },
  retries: {
    ...CONNECTING,
    type: 'number',
    default: 2,
    describe: 'Times to try a host again where that can help',
  },
  'max-failures': {
    ...CONNECTING,
    type: 'string',
    describe: 'Ask no further host when more than N, or N%, could not be reached',
  },
  'retry-file': {
    ...CONNECTING,
    type: 'string',
    describe: 'Keep the names of the hosts that could not be reached, for --limit @FILE',
  },
  concurrency: {
    ...CONNECTING,
    type: 'number',
    default: 32,
    describe: 'Hosts asked at the same time',
  },
  interval: {
    type: 'string',
    requiresArg: true,
    describe: 'Ask twice, this far apart, to see counters grow (10s)',
  },
  netns: {
    choices: ['all', 'init'] as const,
    default: 'all' as const,
    requiresArg: true,
    describe: "Network namespaces: all, or only the host's own",
  },
  verbose: {
    alias: 'v',
    type: 'boolean',
    default: false,
    describe: 'Say of each host which SSH client it is reached with, and why',
  },
  quiet: { alias: 'q', type: 'boolean', default: false, describe: 'No progress on standard error' },
  'print-script': {
    type: 'boolean',
    default: false,
    describe: 'Print what would run on each host, and connect to none',
  },
} as const satisfies Record<string, Options>;
