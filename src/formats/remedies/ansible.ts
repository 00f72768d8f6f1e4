import type { HostRemedies, Remedies, SettingChange } from '../../evaluate/remedies/remedy.ts';
import { groupBy } from '../../grouped-by.ts';
import { isOnePattern, literal } from './ansible-strings.ts';
import {
  bootFilesOf,
  isDecided,
  MARK,
  namePattern,
  needsOwnFolder,
  OWN_FILE,
  OWN_FOLDER,
  OWN_MODULES_FILE,
} from './boot-file.ts';
import { imageComments } from './image-lines.ts';
import { headerLines, hostHeading } from './remedy-text.ts';
import { comments, hostLines, type ResolvedSetting, type Writer } from './steps.ts';

/** A playbook with a play for each host, or for several that need the same, word by word. */
export function ansible(remedies: Remedies): string {
  const { hosts } = remedies;
  const use =
    'ansible-galaxy collection install ansible.posix; ansible-playbook --check --diff -i HOSTS THIS-FILE';
  const head = comments([...headerLines(remedies), ...(hosts.length > 0 ? [use] : [])]);
  const groups = groupBy(hosts, (host) => (isPlayed(host) ? playBody(host) : host.host));
  const isOnlyPlay = groups.filter(([host]) => isPlayed(host)).length === 1;
  const plays = groups.map((group) => (isPlayed(group[0]) ? play(group, isOnlyPlay) : noPlay(group[0])));
  const isEmpty = !hosts.some(isPlayed);
  return `${['---', ...head, ...plays, ...(isEmpty ? ['[]'] : [])].join('\n')}\n`;
}

const isPlayed = ({ host, image }: HostRemedies): boolean => !image && isOnePattern(host);

/**
 * Limits a play to the hosts of the inventory that have these very names, each of which may be a group to whoever runs
 * the playbook, or the machine that it is run on.
 */
const ONLY_THEMSELVES = "inventory_hostname in twlint_hosts and inventory_hostname in groups['all']";

/**
 * Ansible ends a playbook with the first play whose hosts have all failed (2.14, executor/playbook_executor.py): this
 * machine is one more, for which nothing is done.
 */
const BYSTANDER = 'localhost';

/** `isOnly`: no play comes after it. */
function play(group: readonly [HostRemedies, ...HostRemedies[]], isOnly: boolean): string {
  const [first] = group;
  const names = group.map(({ host }) => literal(host));
  const known = group.slice(0, NAMED).map(({ host }) => host);
  const others = group.length > NAMED ? ` and ${group.length - NAMED} more` : '';
  const lines = [
    '',
    ...group.map((host) => `# ${hostHeading(host)}`),
    `- name: ${literal(`Fix ${known.join(', ')}${others}`)}`,
    '  hosts:',
    ...[...names, ...(isOnly || !isSettled(first) ? [] : [BYSTANDER])].map((name) => `    - ${name}`),
    '  become: true',
    '  gather_facts: false',
    ...(isSettled(first) ? ['  vars:', '    twlint_hosts:', ...names.map((name) => `      - ${name}`)] : []),
    playBody(first),
  ];
  return lines.join('\n').trimEnd();
}

/** The most hosts in the name of a play. */
const NAMED = 5;

const isSettled = ({ steps }: HostRemedies): boolean =>
  steps.some(
    ({ modules, settings }) =>
      modules.length > 0 ||
      settings.some((one) => one.value !== null || (isDecided(one) && bootFilesOf(one).edited.length > 0)),
  );

/** The tasks of a host, with what they say of it. */
function playBody(host: HostRemedies): string {
  const lines = isSettled(host)
    ? [
        '  tasks:',
        `    - when: ${ONLY_THEMSELVES}`,
        '      block:',
        ...(needsOwnFolder(host) ? folder.map((line) => `        ${line}`) : []),
        ...hostLines(host, '        ', TASKS),
      ]
    : ['  tasks: []', ...hostLines(host, '    ', TASKS)];
  return lines.join('\n');
}

const folder = [
  `- name: ${literal(`${OWN_FOLDER} is there`)}`,
  '  ansible.builtin.file:',
  `    path: ${literal(OWN_FOLDER)}`,
  '    state: directory',
  '    mode: "0755"',
  '',
];

/** An image, where Ansible does nothing, or a name that an inventory can hold and a playbook can't. */
function noPlay(host: HostRemedies): string {
  if (host.image) return ['', ...imageComments(host)].join('\n').trimEnd();
  const why = `${hostHeading(host)}: no play, as Ansible would not take this name for one host of an inventory.`;
  const lines = ['', ...comments([why]), ...hostLines(host, '', AS_COMMENTS)];
  return lines.join('\n').trimEnd();
}

/** The kernel takes a value before a file has it: a play that it refuses ends there. */
const TASKS: Writer = {
  module: (name, rules) => [
    `- name: ${literal(`${rules.join(', ')}: ${name} is loaded`)}`,
    '  ansible.builtin.command:',
    `    argv: [modprobe, ${literal(name)}]`,
    '  changed_when: false',
    `- name: ${literal(`${rules.join(', ')}: ${name} is loaded at boot`)}`,
    '  ansible.builtin.lineinfile:',
    `    path: ${literal(OWN_MODULES_FILE)}`,
    `    line: ${literal(name)}`,
    '    create: true',
    "    mode: '0644'",
  ],
  setting(setting, rules) {
    const { edited, kept } = bootFilesOf(setting);
    const name = literal(`${rules.join(', ')}: ${setting.key} is ${setting.value}`);
    return [
      ...(kept ? keeping(name, setting) : settingNow(name, setting)),
      ...edited.flatMap((file) => putOut(file, setting, rules)),
    ];
  },
  removal: putOut,
};

const AS_COMMENTS: Writer = {
  module: (name, rules) => comments(TASKS.module(name, rules)),
  setting: (setting, rules) => comments(TASKS.setting(setting, rules)),
  removal: (file, setting, rules) => comments(putOut(file, setting, rules)),
};

function keeping(name: string, setting: ResolvedSetting): string[] {
  return [
    `- name: ${name}`,
    '  ansible.posix.sysctl:',
    `    name: ${literal(setting.key)}`,
    `    value: ${literal(setting.value)}`,
    `    sysctl_file: ${literal(OWN_FILE)}`,
    '    sysctl_set: true',
    '    reload: false',
  ];
}

function settingNow(name: string, { key, value }: ResolvedSetting): string[] {
  return [
    `- name: ${name}`,
    '  ansible.builtin.command:',
    `    argv: [sysctl, -w, ${literal(`${key}=${value}`)}]`,
    '  changed_when: false',
  ];
}

function putOut(file: string, { key }: SettingChange, rules: string[]): string[] {
  return [
    `- name: ${literal(`${rules.join(', ')}: ${file} no longer sets ${key}`)}`,
    '  ansible.builtin.replace:',
    `    path: ${literal(file)}`,
    `    regexp: ${literal(`^([ \\t]*-?[ \\t]*${namePattern(key)}[ \\t]*=)`)}`,
    `    replace: ${literal(`${MARK}\\1`)}`,
  ];
}
