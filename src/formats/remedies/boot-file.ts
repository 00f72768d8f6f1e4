/** Chooses the file that keeps settings for the next boot. */
import type { BootLine, HostRemedies, SettingChange } from '../../evaluate/remedies/remedy.ts';

export const OWN_FOLDER = '/etc/sysctl.d';
export const OWN_FILE = `${OWN_FOLDER}/99-twlint.conf`;

/**
 * Tells whether a line is applied after our own file. Files are applied by their names, whatever the folder:
 * sysctl.d(5). /etc/sysctl.conf is only reported where something applies it, which is last of all: sysctl(8).
 */
export function isReadAfter({ file }: BootLine): boolean {
  return file === '/etc/sysctl.conf' || nameOf(file) > nameOf(OWN_FILE);
}

/** Our own file; or the administrator's, where that is read later and sets something else. */
export function fileFor({ boot }: SettingChange): string {
  const [winner] = boot.ok ? boot.value : [];
  // the name comes from the host, and ends in a script
  const isPlain = /^\/etc\/sysctl(\.d\/[\w.-]+)?\.conf$/.test(winner?.file ?? '');
  return winner !== undefined && isPlain && isReadAfter(winner) ? winner.file : OWN_FILE;
}

/** Tells whether settings are kept in our own file, whose folder a small system may not have. */
export const needsOwnFolder = ({ steps }: HostRemedies): boolean =>
  steps.some(({ settings }) => settings.some((one) => one.value !== null && fileFor(one) === OWN_FILE));

const nameOf = (file: string): string => file.slice(file.lastIndexOf('/') + 1);
