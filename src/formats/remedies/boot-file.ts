/** Says which lines of a host's files decide about a setting at boot, and what becomes of them. */
import type { BootLine, HostRemedies, SettingChange } from '../../evaluate/remedies/remedy.ts';
import { isSameSysctlValue } from '../../network/sysctl/key.ts';

export const OWN_FOLDER = '/etc/sysctl.d';
export const OWN_FILE = `${OWN_FOLDER}/99-twlint.conf`;
export const OWN_MODULES_FILE = '/etc/modules-load.d/twlint.conf';

/** The mark before a line that a remedy has put out of force: undoing takes it away again. */
export const MARK = '#twlint: ';

/** A setting that everybody agrees on: it gets a value, or files set it no longer, or both. */
export type DecidedSetting = SettingChange & ({ value: string } | { removed: true });

export const isDecided = (setting: SettingChange): setting is DecidedSetting =>
  setting.value !== null || isOnlyRemoved(setting);

/** Tells whether no file is to set it, and what is in force stays. */
export const isOnlyRemoved = ({ value, removed, wishes }: SettingChange): boolean =>
  value === null && removed && wishes.length === 0;

/** The files of a setting: whose lines are put out of force, and whether a line of our own is needed. */
export interface BootFiles {
  /** The administrator's files, in which every line of this setting is put out of force. */
  edited: string[];
  /** True where our own file has to set it. */
  kept: boolean;
  /** The lines that win all the same: nobody but a person can tell what to do about them. */
  standing: BootLine[];
}

export function bootFilesOf({ value, removed, boot }: DecidedSetting): BootFiles {
  if (!boot.ok) return { edited: [], kept: !removed, standing: [] };
  const isSame = (line: BootLine) => value !== null && isSameSysctlValue(line.value, value);
  const differing = boot.value.filter((line) => removed || !isSame(line));
  const edited = [...new Set(differing.flatMap(({ file }) => (isEditable(file) ? [file] : [])))];
  const left = boot.value.filter(({ file }) => !edited.includes(file));
  if (value === null) return { edited, kept: false, standing: left };
  const [winner] = boot.value;
  const holds = winner !== undefined && left.includes(winner) && isSame(winner);
  const others = left.filter((line) => !isSame(line));
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
  steps.some(({ settings }) => settings.some((one) => isDecided(one) && bootFilesOf(one).kept));

const nameOf = (file: string): string => file.slice(file.lastIndexOf('/') + 1);

/**
 * The line that sets it, with no `-` before it: systemd-sysctl before 243 and el7's procps take that for a part of the
 * name, and set nothing.
 */
export const lineOf = ({ key, value }: { key: string; value: string }): string => `${key} = ${value}`;

/** Returns a basic regular expression for a setting's name, however its parts are separated. */
export const namePattern = (key: string): string => key.replace(/[./]/g, '[./]');
