/** Describes remedies for every format, as lines without a comment's mark. */

import type { Cause, NamespaceRemedies, Remedies, SettingChange } from '../../evaluate/remedies/remedy.ts';
import type { Source } from '../../model.ts';
import { isSameSysctlValue } from '../../network/sysctl/key.ts';
import { settingCommand, shellWord } from '../arrange.ts';
import { paragraphs, printable, sentence } from '../printable.ts';
import { hanging, wrap } from '../text/page.ts';
import { type BootFiles, bootFilesOf, isOnlyRemoved, OWN_FILE } from './boot-file.ts';

const WIDTH = 100;

export function headerLines({ tool, startedAt, interrupted, unknown, hosts }: Remedies): string[] {
  const from = `${tool.name} ${tool.version}, from what the hosts said at ${startedAt}.`;
  const sentences = [
    `${from} Nothing has been changed. Read it before you use it.`,
    ...(hosts.length === 0 ? ['There is nothing to fix.'] : []),
    ...(interrupted ? ['The run was interrupted: hosts are missing here.'] : []),
    ...(unknown > 0
      ? [
          `${unknown} checks or hosts could not be told or looked at (twlint audit names them), and may need more.`,
        ]
      : []),
  ];
  return sentences.flatMap((text) => wrap(printable(text), WIDTH));
}

/** `s2 (inventories/demo.yaml:12)` */
export const hostHeading = ({ host, source }: { host: string; source: Source }): string =>
  printable(`${host} (${source.file}:${source.line})`);

/** Describes a defect and every known way to fix it. */
export function causeMessage({ rule, severity, places }: Cause): string[] {
  const { id, title, fix } = rule;
  const where = places.filter(Boolean).join(', ');
  const part = (label: string, text: string) =>
    paragraphs(text).flatMap((paragraph) => hanging(`  ${label}`, paragraph, WIDTH));
  return [
    ...wrap(printable(`${severity}[${id}]: ${sentence(title)}`), WIDTH),
    ...(where === '' ? [] : part('in: ', where)),
    ...part('fix: ', fix.text),
    ...part('risk: ', fix.risk ?? ''),
    ...(fix.commands ?? []).flatMap((command) => command.split('\n').map((line) => `  $ ${printable(line)}`)),
  ];
}

/** Describes a setting of the host: its current value, how to go back, and the lines of files that decide at boot. */
export function settingLines(setting: SettingChange): string[] {
  if (isOnlyRemoved(setting)) return lines(removalMessage(setting));
  return lines([...disagreement(setting), nowMessage(setting, ''), ...bootMessage(setting)]);
}

function removalMessage(setting: SettingChange): string[] {
  const { key, now } = setting;
  const staying = now.ok ? [`now: ${now.value}, which stays`] : [];
  return [`No file is to set ${key}.`, ...staying, ...removals(setting)];
}

/** Nothing is set: a file of somebody else's, which is not for editing, is only hidden. */
function removals(setting: SettingChange): string[] {
  const { boot } = setting;
  const { edited } = bootFilesOf({ ...setting, removed: true });
  return (boot.ok ? boot.value : []).map(({ file, line, value }) =>
    edited.includes(file) || file === OWN_FILE
      ? `boot: ${file}:${line} sets ${value}: delete that line`
      : `boot: ${file}:${line} sets ${value}: a file of the same name in /etc/sysctl.d, without that line, hides it`,
  );
}

/** The same of an image: the lines of its files that decide at boot. */
export function bootLines(setting: SettingChange): string[] {
  if (isOnlyRemoved(setting)) return lines(removals(setting));
  return lines([...disagreement(setting), ...bootMessage(setting)]);
}

const lines = (texts: readonly string[]) => texts.flatMap((text) => hanging('  ', printable(text), WIDTH));

function disagreement({ key, value, wishes }: SettingChange): string[] {
  if (value !== null) return [];
  const wanted = wishes.map(({ rule, value, kind }) => `${rule} asks for ${KINDS[kind]}${value}`);
  return [`CONFLICT over ${key}: ${wanted.join(', ')}. Decide; it is not set here.`];
}

const KINDS = { exactly: '', atLeast: 'at least ', adds: 'what it has and ' } as const;

/** `enter` is the prefix of commands for another namespace. */
function nowMessage({ key, value, now }: SettingChange, enter: string): string {
  if (now.ok && value !== null && isSameSysctlValue(now.value, value)) return `now: ${now.value} already`;
  if (now.ok) return `now: ${now.value}; to undo: ${enter}${settingCommand(key, now.value)}`;
  if (now.problem === 'absent') return `now: not there; if a module brings ${key}, load that first`;
  return `now: not known, ${now.reason}: note it down before you change it`;
}

function bootMessage(setting: SettingChange): string[] {
  const { value, removed, boot } = setting;
  if (!boot.ok) return [`boot: which file sets it is not known, ${boot.reason}`];
  if (boot.value.length === 0) return ['boot: no file sets it'];
  const { edited, standing }: Pick<BootFiles, 'edited' | 'standing'> =
    value === null ? { edited: [], standing: [] } : bootFilesOf({ ...setting, value });
  return boot.value.map((line) => {
    const setting = `boot: ${line.file}:${line.line} sets ${line.value}`;
    if (edited.includes(line.file)) return `${setting}: delete that line`;
    if (standing.includes(line))
      return `${setting}, and is read after ${OWN_FILE}: it wins, unless a file of the same name in /etc/sysctl.d hides it`;
    return value === null || removed || isSameSysctlValue(line.value, value)
      ? setting
      : `${setting}, which ${OWN_FILE} overrides`;
  });
}

/** Explains where settings of a namespace other than the host's belong. */
export function namespaceMessage({ name }: NamespaceRemedies, host: string): string[] {
  const text = [
    `In the network namespace ${name} of ${host}. Its settings are its own: they never belong into the host's files, and`,
    'are lost with it unless whatever starts it sets them (docker run --sysctl, securityContext.sysctls of a pod, the',
    'unit or script that makes it).',
  ];
  return wrap(printable(text.join(' ')), WIDTH);
}

/** Returns a setting of such a namespace as commands to run on its host. */
export function namespaceSettingMessage(setting: SettingChange, { name, path }: NamespaceRemedies): string[] {
  const enter = path === null ? `ip netns exec ${shellWord(name)} ` : `nsenter --net=${shellWord(path)} `;
  const { key, value } = setting;
  return [
    ...lines([...disagreement(setting), nowMessage(setting, enter)]),
    ...(value === null ? [] : [printable(`  $ ${enter}${settingCommand(key, value)}`)]),
  ];
}
