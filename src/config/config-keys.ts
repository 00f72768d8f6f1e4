/** The keys of twlint.yaml that stand for options of the command line, as data. */

/** The kind of a value. Paths are relative to the file that has them; `list` may hold paths and lists of hosts. */
export type OptionKind =
  | { kind: 'text' | 'duration' | 'path' | 'paths' | 'inventories' | 'patterns' | 'flag' | 'share' }
  | { kind: 'number'; least: number }
  | { kind: 'choice'; choices: readonly string[] };

export interface OptionKey {
  /** The option's name without dashes. */
  option: string;
  value: OptionKind;
  describe: string;
}

export const PROFILES = ['golden'] as const;

/** Sets of values that come with twlint, by name. A configuration's own values win. */
export const PROFILE_VALUES = {
  golden: { 'fail-on': 'warning', 'stale-waivers': 'error' },
} as const satisfies Record<(typeof PROFILES)[number], Record<string, string>>;

export const TOP_KEYS: Readonly<Record<string, OptionKey>> = {
  inventories: {
    option: 'inventory',
    value: { kind: 'inventories' },
    describe: 'Inventories, where the command line names no hosts, image or snapshot',
  },
  rules: {
    option: 'rules',
    value: { kind: 'paths' },
    describe: 'Rule files and folders beside the built-in rules',
  },
  intents: {
    option: 'intents',
    value: { kind: 'paths' },
    describe: 'Files and folders that say what must hold on the paths of the fleet',
  },
  exclude: {
    option: 'exclude',
    value: { kind: 'patterns' },
    describe: 'Rules that are left out: ids, or patterns of ids',
  },
  fail_on: {
    option: 'fail-on',
    value: { kind: 'choice', choices: ['error', 'warning', 'note', 'never'] },
    describe: 'The mildest finding that makes the exit status 1',
  },
  allow_incomplete: {
    option: 'allow-incomplete',
    value: { kind: 'flag' },
    describe: 'Exit with 0, not 3, when something could not be looked at',
  },
  baseline: {
    option: 'baseline',
    value: { kind: 'path' },
    describe: 'An earlier report, as JSON or SARIF: its findings are known',
  },
  stale_waivers: {
    option: 'stale-waivers',
    value: { kind: 'choice', choices: ['error', 'warn'] },
    describe: 'Whether a waiver that matches nothing makes the exit status 1',
  },
  category: {
    option: 'category',
    value: { kind: 'text' },
    describe: "Code scanning's category of the report",
  },
};

export const CONNECTION_KEYS: Readonly<Record<string, OptionKey>> = {
  ssh_config: { option: 'ssh-config', value: { kind: 'path' }, describe: 'ssh_config file, or none' },
  user: { option: 'user', value: { kind: 'text' }, describe: 'The user, where the inventory names none' },
  become: {
    option: 'become',
    value: { kind: 'flag' },
    describe: 'Read as root, where the inventory does not say',
  },
  via: {
    option: 'via',
    value: { kind: 'text' },
    describe: 'Instead of SSH, a command that starts a sh on {host}',
  },
  transport: {
    option: 'transport',
    value: { kind: 'choice', choices: ['auto', 'ssh2', 'openssh'] },
    describe: 'The SSH client',
  },
  keys: { option: 'key', value: { kind: 'paths' }, describe: 'Private key files' },
  known_hosts: { option: 'known-hosts', value: { kind: 'paths' }, describe: 'Files with host keys' },
  host_key_checking: {
    option: 'host-key-checking',
    value: { kind: 'choice', choices: ['strict', 'accept-new', 'off'] },
    describe: 'What to do about a host whose key is not known',
  },
  connect_timeout: {
    option: 'connect-timeout',
    value: { kind: 'duration' },
    describe: 'Time to connect and log in, as 10s',
  },
  host_timeout: {
    option: 'host-timeout',
    value: { kind: 'duration' },
    describe: 'Time for all answers of a host, as 60s',
  },
  retries: {
    option: 'retries',
    value: { kind: 'number', least: 0 },
    describe: 'Times to try a host again where that can help',
  },
  max_failures: {
    option: 'max-failures',
    value: { kind: 'share' },
    describe: 'Ask no further host when more than N, or N%, could not be reached',
  },
  concurrency: {
    option: 'concurrency',
    value: { kind: 'number', least: 1 },
    describe: 'Hosts asked at the same time',
  },
  netns: {
    option: 'netns',
    value: { kind: 'choice', choices: ['all', 'init'] },
    describe: "Network namespaces: all, or only the host's own",
  },
};
