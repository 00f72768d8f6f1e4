import type { HostRemedies, Remedies, SettingChange } from '../../evaluate/remedies/remedy.ts';
import { isOnePattern, literal } from './ansible-strings.ts';
import {
  bootFilesOf,
  isDecided,
  lineOf,
  MARK,
  namePattern,
  needsOwnFolder,
  OWN_FILE,
  OWN_FOLDER,
  OWN_MODULES_FILE,
} from './boot-file.ts';
import { headerLines, hostHeading } from './remedy-text.ts';
import { comments, hostLines, type ResolvedSetting, type Writer } from './steps.ts';

/** A playbook with a play for each host. */
export function ansible(remedies: Remedies): string {
  const { hosts } = remedies;
  const use =
    'ansible-galaxy collection install ansible.posix; ansible-playbook --check --diff -i HOSTS THIS-FILE';
  const head = comments([...headerLines(remedies), ...(hosts.length > 0 ? [use] : [])]);
  const plays = hosts.map((host) => (isOnePattern(host.host) ? play(host) : noPlay(host)));
  const isEmpty = !hosts.some(({ host }) => isOnePattern(host));
  return `${['---', ...head, ...plays, ...(isEmpty ? ['[]'] : [])].join('\n')}\n`;
}

/**
 * Limits a play to the one host of the inventory that has this very name, which may be a group to whoever runs the
 * playbook, or the machine that it is run on.
 */
const ONLY_ITSELF = "inventory_hostname == twlint_host and inventory_hostname in groups['all']";

function play(host: HostRemedies): string {
  const settles = host.steps.some(
    ({ modules, settings }) =>
      modules.length > 0 ||
      settings.some((one) => one.value !== null || (isDecided(one) && bootFilesOf(one).edited.length > 0)),
  );
  const lines = [
    '',
    `# ${hostHeading(host)}`,
    `- name: ${literal(`Fix ${host.host}`)}`,
    `  hosts: ${literal(host.host)}`,
    '  become: true',
    '  gather_facts: false',
    ...(settles
      ? [
          '  vars:',
          `    twlint_host: ${literal(host.host)}`,
          '  tasks:',
          `    - when: ${ONLY_ITSELF}`,
          '      block:',
          ...(needsOwnFolder(host) ? folder.map((line) => `        ${line}`) : []),
        ]
      : ['  tasks: []']),
    ...hostLines(host, settles ? '        ' : '    ', TASKS),
  ];
  return lines.join('\n').trimEnd();
}

const folder = [
  `- name: ${literal(`${OWN_FOLDER} is there`)}`,
  '  ansible.builtin.file:',
  `    path: ${literal(OWN_FOLDER)}`,
  '    state: directory',
  '    mode: "0755"',
  '',
];

/** An image, or a name that an inventory can hold and a playbook can't. */
function noPlay(host: HostRemedies): string {
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
  if (setting.removed)
    return [
      ...settingNow(name, setting),
      `- name: ${name}`,
      '  ansible.builtin.lineinfile:',
      `    path: ${literal(OWN_FILE)}`,
      `    line: ${literal(lineOf(setting))}`,
      '    create: true',
      "    mode: '0644'",
    ];
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
