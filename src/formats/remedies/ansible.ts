import type { HostRemedies, Remedies } from '../../evaluate/remedies/remedy.ts';
import { isOnePattern, literal } from './ansible-strings.ts';
import { fileFor, needsOwnFolder, OWN_FOLDER } from './boot-file.ts';
import { headerLines, hostHeading } from './remedy-text.ts';
import { comments, hostLines, type ResolvedSetting } from './steps.ts';

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
  const settles = host.steps.some(({ settings }) => settings.some(({ value }) => value !== null));
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
    ...hostLines(host, settles ? '        ' : '    ', task),
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
  const lines = ['', ...comments([why]), ...hostLines(host, '', (one, rules) => comments(task(one, rules)))];
  return lines.join('\n').trimEnd();
}

function task(setting: ResolvedSetting, rules: string[]): string[] {
  const { key, value } = setting;
  return [
    `- name: ${literal(`${rules.join(', ')}: ${key} is ${value}`)}`,
    '  ansible.posix.sysctl:',
    `    name: ${literal(key)}`,
    `    value: ${literal(value)}`,
    `    sysctl_file: ${literal(fileFor(setting))}`,
    '    sysctl_set: true',
    '    reload: false',
  ];
}
