import type { Options } from 'yargs';
import { UserError } from '../errors.ts';

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
} as const satisfies Record<string, Options>;

export const connectionOptions = {
  concurrency: { type: 'number', default: 32, requiresArg: true, describe: 'Hosts asked at the same time' },
  'connect-timeout': {
    type: 'string',
    default: '10s',
    requiresArg: true,
    describe: 'Time to connect and log in',
  },
  'host-timeout': {
    type: 'string',
    default: '60s',
    requiresArg: true,
    describe: 'Time for all answers of a host',
  },
  key: {
    type: 'string',
    array: true,
    requiresArg: true,
    describe: 'Private key file, tried before the default ones',
  },
  'known-hosts': {
    type: 'string',
    array: true,
    requiresArg: true,
    describe: "File with host keys, instead of OpenSSH's own",
  },
  'host-key-checking': {
    choices: ['strict', 'accept-new', 'off'] as const,
    default: 'strict' as const,
    requiresArg: true,
    describe: 'What to do about a host whose key is not known',
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
  quiet: { alias: 'q', type: 'boolean', default: false, describe: 'No progress on standard error' },
  'print-script': {
    type: 'boolean',
    default: false,
    describe: 'Print what would run on each host, and connect to none',
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
    describe: 'Only this rule (TW002); repeats',
    group: 'Rules:',
  },
  builtin: { type: 'boolean', default: true, describe: 'The rules that come with twlint', group: 'Rules:' },
} as const satisfies Record<string, Options>;

const UNITS: Record<string, number> = { ms: 1, s: 1000, '': 1000, m: 60_000, min: 60_000, h: 3_600_000 };

/** `10s`, `500ms`, `2m`, or seconds: as milliseconds. */
export function duration(option: string, text: string): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/.exec(text) ?? [];
  const factor = UNITS[unit ?? '?'];
  const milliseconds = factor === undefined ? 0 : Number(number) * factor;
  // the longest that a timer can wait
  if (milliseconds <= 0 || milliseconds > 2 ** 31 - 1)
    throw new UserError(`--${option} ${text}: not a length of time`, {
      hint: 'write it as 10s, 500ms or 2m',
    });
  return milliseconds;
}
