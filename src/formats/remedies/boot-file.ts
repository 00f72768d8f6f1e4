/** Says which lines of a host's files decide about a setting at boot, and what becomes of them. */
import type { BootLine, HostRemedies, SettingChange } from '../../evaluate/remedies/remedy.ts';
import { isSameSysctlValue } from '../../network/sysctl/key.ts';

export const OWN_FOLDER = '/etc/sysctl.d';
export const OWN_FILE = `${OWN_FOLDER}/99-twlint.conf`;
export const OWN_MODULES_FILE = '/etc/modules-load.d/twlint.conf';

/** The mark before a line that a remedy has put out of force: undoing takes it away again. */
export const MARK = '#twlint: ';

/** The files of a setting: whose lines are put out of force, and whether a line of our own is needed. */
export interface BootFiles {
  /** The administrator's files, in which every line of this setting is put out of force. */
  edited: string[];
  /** True where our own file has to set it. */
  kept: boolean;
  /** The lines that win all the same: nobody but a person can tell what to do about them. */
  standing: BootLine[];
}

export function bootFilesOf({ value, removed, boot }: SettingChange & { value: string }): BootFiles {
  if (!boot.ok) return { edited: [], kept: !removed, standing: [] };
  const differing = boot.value.filter((line) => removed || !isSameSysctlValue(line.value, value));
  const edited = [...new Set(differing.flatMap(({ file }) => (isEditable(file) ? [file] : [])))];
  const left = boot.value.filter(({ file }) => !edited.includes(file));
  const [winner] = boot.value;
  const holds = winner !== undefined && left.includes(winner) && isSameSysctlValue(winner.value, value);
  const others = left.filter((line) => !isSameSysctlValue(line.value, value));
  return {
    edited,
    // what nobody should set is set only against a line that can't be taken out
    kept: removed ? others.length > 0 : !holds,
    standing: others.filter(isReadAfter),
  };
}

/** The name comes from the host, and ends in a script. Files of packages are not for editing. */
const isEditable = (file: string): boolean =>
  /^\/etc\/sysctl(\.d\/[\w.-]+)?\.conf$/.test(file) && file !== OWN_FILE;

/**
 * Tells whether a line is applied after our own file. Files are applied by their names, whatever the folder:
 * sysctl.d(5). /etc/sysctl.conf is only reported where something applies it, which is last of all: sysctl(8).
 */
function isReadAfter({ file }: BootLine): boolean {
  return file === '/etc/sysctl.conf' || nameOf(file) > nameOf(OWN_FILE);
}

/** Tells whether settings are kept in our own file, whose folder a small system may not have. */
export const needsOwnFolder = ({ steps }: HostRemedies): boolean =>
  steps.some(({ settings }) =>
    settings.some((one) => one.value !== null && bootFilesOf({ ...one, value: one.value }).kept),
  );

const nameOf = (file: string): string => file.slice(file.lastIndexOf('/') + 1);

/** The line that sets it: what a kernel may lack is allowed to fail (sysctl.d(5)). */
export const lineOf = ({ key, value, removed }: SettingChange & { value: string }): string =>
  `${removed ? '-' : ''}${key} = ${value}`;

/** Returns a basic regular expression for a setting's name, however its parts are separated. */
export const namePattern = (key: string): string => key.replace(/[./]/g, '[./]');
