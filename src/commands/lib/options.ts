import type { Options } from 'yargs';

/** Options that several commands share. */
export const inventoryOptions = {
  inventory: {
    alias: 'i',
    type: 'string',
    array: true,
    requiresArg: true,
    describe: "Inventory: Ansible's (file, folder, program), Kubernetes nodes, host1,host2 or -; repeats",
    group: 'Hosts:',
  },
  limit: {
    alias: 'l',
    type: 'string',
    requiresArg: true,
    describe: "Only these of its hosts, as in 'web:&prod:!db3', 'lb-*', '~lb-[12]' or @file",
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
    describe:
      'A root file system that is not running: folder, tar, OCI layout, docker save, - (a tar); repeats',
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
    describe:
      'What was collected earlier: a snapshot, outputs of --print-script, a sosreport, pastes; repeats',
    group: 'Hosts:',
  },
} as const satisfies Record<string, Options>;

export const FAIL_ON = ['error', 'warning', 'note', 'never'] as const;

export const verdictOptions = {
  'fail-on': {
    choices: FAIL_ON,
    default: 'error' as const,
    requiresArg: true,
    describe: 'The mildest finding that makes the exit status 1',
    group: 'Report:',
  },
  'allow-incomplete': {
    type: 'boolean',
    default: false,
    describe: 'Exit with 0, not 3, when something could not be looked at',
    group: 'Report:',
  },
} as const satisfies Record<string, Options>;

export const STALE_WAIVERS = ['error', 'warn'] as const;

export const gateOptions = {
  baseline: {
    type: 'string',
    requiresArg: true,
    describe: 'An earlier report (json or sarif): --fail-on counts what it does not have',
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

export const ruleOptions = {
  rules: {
    alias: 'r',
    type: 'string',
    array: true,
    requiresArg: true,
    describe: 'Rule file or folder, beside the built-in ones; repeats',
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
