import type { Options } from 'yargs';

/** Options that several commands share. */
export const inventoryOptions = {
  inventory: {
    alias: 'i',
    type: 'string',
    array: true,
    requiresArg: true,
    describe: "Ansible's, Kubernetes nodes, host1,host2 or -; repeats",
    group: 'Hosts:',
  },
  limit: {
    alias: 'l',
    type: 'string',
    requiresArg: true,
    describe: "Only these hosts: 'web:&prod:!db3', 'lb-*', @file",
    group: 'Hosts:',
  },
  user: {
    alias: 'u',
    type: 'string',
    requiresArg: true,
    describe: 'Log in as this user, where the inventory names none',
    group: 'Connecting:',
  },
  become: {
    alias: 'b',
    type: 'boolean',
    default: false,
    describe: 'Read as root, by sudo, where the inventory does not say',
    group: 'Connecting:',
  },
  'extra-vars': {
    alias: 'e',
    type: 'string',
    array: true,
    requiresArg: true,
    describe: 'KEY=VALUE: a variable of all hosts, whatever the inventory says; repeats',
    group: 'Connecting:',
  },
} as const satisfies Record<string, Options>;

/** The sources that hosts may be read from: `sources.ts` makes one snapshot of all of them. */
export const sourceOptions = {
  ...inventoryOptions,
  root: {
    type: 'string',
    array: true,
    requiresArg: true,
    describe: 'Image: folder, tar, OCI, docker save or -; repeats',
    group: 'Hosts:',
  },
  'root-prefix': {
    type: 'string',
    requiresArg: true,
    describe: "Where the images' files lie in the repository, as rootfs/: put before their paths in SARIF",
    group: 'Hosts:',
  },
  from: {
    type: 'string',
    array: true,
    requiresArg: true,
    describe: 'Snapshot, printed answers, sosreport, pastes; repeats',
    group: 'Hosts:',
  },
} as const satisfies Record<string, Options>;

export const FAIL_ON = ['error', 'warning', 'note', 'never'] as const;

export const verdictOptions = {
  'fail-on': {
    choices: FAIL_ON,
    default: 'error' as const,
    requiresArg: true,
    describe: 'The mildest finding that fails the run',
    group: 'Report:',
  },
  'allow-incomplete': {
    type: 'boolean',
    default: false,
    describe: 'Exit with 0, not 3, where not all was looked at',
    group: 'Report:',
  },
} as const satisfies Record<string, Options>;

export const STALE_WAIVERS = ['error', 'warn'] as const;

export const gateOptions = {
  baseline: {
    type: 'string',
    requiresArg: true,
    describe: 'Earlier report (json, sarif): only what is new fails',
    group: 'Report:',
  },
  'stale-waivers': {
    choices: STALE_WAIVERS,
    requiresArg: true,
    describe: 'A waiver that matches nothing: exit with 1 (error, where CI is set), or warn',
    group: 'Report:',
  },
  profile: {
    choices: ['golden'] as const,
    requiresArg: true,
    group: 'Report:',
    describe: 'Values that come with twlint: golden (for images) fails on warnings',
  },
} as const satisfies Record<string, Options>;

export const configOptions = {
  config: {
    type: 'string',
    requiresArg: true,
    describe: 'Configuration, instead of the nearest twlint.yaml upwards; or none',
  },
} as const satisfies Record<string, Options>;

export const differenceOptions = {
  format: {
    choices: ['text', 'json', 'markdown', 'html'],
    default: 'text',
    requiresArg: true,
    describe: 'For people, programs, a pull request; or a page',
    group: 'Report:',
  },
} as const satisfies Record<string, Options>;

export const intentOptions = {
  intents: {
    type: 'string',
    array: true,
    requiresArg: true,
    describe: 'What must hold on paths, a file or folder; repeats',
    group: 'Rules:',
  },
} as const satisfies Record<string, Options>;

export const ruleOptions = {
  rules: {
    alias: 'r',
    type: 'string',
    array: true,
    requiresArg: true,
    describe: 'Rules of yours, a file or folder; repeats',
    group: 'Rules:',
  },
  rule: {
    type: 'string',
    array: true,
    requiresArg: true,
    describe: "Only this rule (TW002), or these ('NA*'); repeats",
    group: 'Rules:',
  },
  exclude: {
    type: 'string',
    array: true,
    requiresArg: true,
    describe: "Without this rule, or these ('KA*'); repeats",
    group: 'Rules:',
  },
  'allow-supersede': {
    type: 'boolean',
    default: false,
    describe: "Rules of -r may fold findings of the built-in ones into their own (a rule's supersedes)",
    group: 'Rules:',
  },
  builtin: { type: 'boolean', default: true, describe: 'The rules that come with twlint', group: 'Rules:' },
} as const satisfies Record<string, Options>;
