import { fileFor } from './boot-file.ts';
import type { HostRemedies, Remedies } from './remedy.ts';
import { comments, hostLines, type Settled } from './steps.ts';
import { headWords, hostWords } from './words.ts';

/** A playbook with a play for each host. */
export function ansible(remedies: Remedies): string {
  const { hosts } = remedies;
  const use =
    'ansible-galaxy collection install ansible.posix; ansible-playbook --check --diff -i HOSTS THIS-FILE';
  const head = comments([...headWords(remedies), ...(hosts.length > 0 ? [use] : [])]);
  const plays = hosts.length === 0 ? ['[]'] : hosts.map(play);
  return `${['---', ...head, ...plays].join('\n')}\n`;
}

function play(host: HostRemedies): string {
  const settles = host.steps.some(({ settings }) => settings.some(({ value }) => value !== null));
  const lines = [
    '',
    `# ${hostWords(host)}`,
    `- name: ${JSON.stringify(`Mend ${host.host}`)}`,
    `  hosts: ${JSON.stringify(host.host)}`,
    '  become: true',
    '  gather_facts: false',
    settles ? '  tasks:' : '  tasks: []',
    ...hostLines(host, '    ', task),
  ];
  return lines.join('\n').trimEnd();
}

function task(setting: Settled, rules: string[]): string[] {
  const { key, value } = setting;
  return [
    `- name: ${JSON.stringify(`${rules.join(', ')}: ${key} is ${value}`)}`,
    '  ansible.posix.sysctl:',
    `    name: ${JSON.stringify(key)}`,
    `    value: ${JSON.stringify(value)}`,
    `    sysctl_file: ${JSON.stringify(fileFor(setting))}`,
    '    sysctl_set: true',
    '    reload: false',
  ];
}
