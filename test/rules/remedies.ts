/** Applies what `twlint fix` prints, each format in the way that its own text says. */
import { execFile } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { Remedies } from '../../src/evaluate/remedies/remedy.ts';
import { remedyFormats } from '../../src/formats/remedies/index.ts';
import type { LabHost, Ran } from './hosts.ts';

/** Where .ci/run and ansible-posix.sh put the one collection that playbooks need. */
export const COLLECTIONS = join(import.meta.dirname, '../../node_modules/.cache/ansible');

export const applyScript = (host: LabHost, remedies: Remedies): Promise<Ran> =>
  host.run(`${heredoc('/run/fix.sh', remedyFormats.shell(remedies))}\nsh /run/fix.sh ${host.name}`);

export const undoScript = (host: LabHost, remedies: Remedies): Promise<Ran> =>
  host.run(`${heredoc('/run/fix.sh', remedyFormats.shell(remedies))}\nsh /run/fix.sh ${host.name} undo`);

/** The lines that a text says to delete, the last first, since numbers are of the file as it was. */
const deletionsIn = (text: string): { file: string; line: number }[] =>
  [...text.replace(/\n# {5,}(?=\S)/g, ' ').matchAll(/^# {3}boot: (\S+):(\d+) sets .*: delete that line$/gm)]
    .map(([, file, line]) => ({ file: file!, line: Number(line) }))
    .sort((a, b) => b.line - a.line);

const OWN_FILE = '/etc/sysctl.d/99-twlint.conf';

/** Changes the files of an image as a format's text says, of which nothing is to be run. */
export function followLines(text: string, tree: string): void {
  const change = (file: string, changed: (lines: string[]) => string[]) => {
    const path = join(tree, file);
    mkdirSync(dirname(path), { recursive: true });
    const lines = existsSync(path) ? readFileSync(path, 'utf8').trimEnd().split('\n') : [];
    writeFileSync(path, `${changed(lines).join('\n')}\n`);
  };
  for (const { file, line } of deletionsIn(text)) change(file, (lines) => lines.toSpliced(line - 1, 1));
  for (const [, file, line] of text.matchAll(/^# {3}(\/etc\/\S+): (.+)$/gm))
    change(file!, (lines) => [...lines, line!]);
  for (const [line] of text.matchAll(/^[a-z][\w.-]* = .*$/gm)) change(OWN_FILE, (lines) => [...lines, line]);
}

/** Follows the file of sysctl.d as its header says: lines to delete, commands behind $, then sysctl. */
export function applyFile(host: LabHost, remedies: Remedies): Promise<Ran> {
  const text = remedyFormats['sysctl.d'](remedies);
  const deletions = deletionsIn(text).map(({ file, line }) => `sed -i ${line}d ${file}`);
  const commands = [...text.matchAll(/^# {3}\$ ((?:sysctl -w|modprobe) .*)$/gm)].map(
    ([, command]) => command!,
  );
  const load = `sysctl -q -p ${OWN_FILE}`;
  const own = remedies.hosts.some(({ steps }) => steps.some(({ settings }) => settings.length > 0))
    ? [heredoc(OWN_FILE, text), load, load]
    : [];
  return host.run([...deletions, ...commands, ...own].join('\n'));
}

/** Lets Ansible run one playbook for all hosts. */
export async function applyPlaybook(hosts: LabHost[], remedies: Remedies, folder: string): Promise<Ran> {
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, 'hosts.ini'),
    `[all]\n${hosts.map((host) => ansibleHost(host, folder)).join('')}`,
  );
  writeFileSync(join(folder, 'fix.yaml'), remedyFormats.ansible(remedies));
  try {
    const { stdout } = await promisify(execFile)('ansible-playbook', ['-i', 'hosts.ini', 'fix.yaml'], {
      cwd: folder,
      maxBuffer: 1 << 26,
      env: {
        PATH: `${process.env.PATH}:/usr/sbin:/sbin`,
        HOME: folder,
        LC_ALL: 'C.UTF-8',
        ANSIBLE_COLLECTIONS_PATH: COLLECTIONS,
        ANSIBLE_LOCAL_TEMP: join(folder, 'tmp'),
        ANSIBLE_PIPELINING: '1',
        ANSIBLE_DISPLAY_SKIPPED_HOSTS: '0',
      },
    });
    return { status: 0, said: stdout };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { status: code, said: `${stdout}${stderr}` };
  }
}

/** Ansible's modules are programs of Python: where their interpreter is in a host, so are they. */
function ansibleHost({ name, within }: LabHost, folder: string): string {
  const python = join(folder, `python-${name}`);
  const { path, args } = within(['/usr/bin/python3']);
  writeFileSync(python, `#!/bin/sh\nexec ${[path, ...args].map(quoted).join(' ')} "$@"\n`);
  chmodSync(python, 0o755);
  return `${name} ansible_connection=local ansible_python_interpreter=${python}\n`;
}

/**
 * Returns a state as far as it matters to the kernel and the next boot: formats write comments and blanks in ways of
 * their own.
 */
export function settled(state: string): string {
  const [settings, ...files] = state.split(/^== /m);
  const meaning = files.map((text) => {
    const [name, ...lines] = text.split('\n');
    const kept = lines
      .map((line) => line.replace(/^[#;].*/, '').replace(/\s*=\s*/, ' = '))
      .filter((line) => line.trim() !== '');
    return kept.length === 0 ? '' : [`== ${name}`, ...kept.sort()].join('\n');
  });
  return [settings!.trim(), ...meaning.filter(Boolean)].join('\n');
}

/** Quotes a word for a shell. */
export const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;

const heredoc = (file: string, text: string): string => `cat >${file} <<'TWLINT-PROOF'\n${text}TWLINT-PROOF`;
