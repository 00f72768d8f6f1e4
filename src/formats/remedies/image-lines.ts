/** The lines that an image's files should have: nothing runs there that a command could change. */
import type { HostRemedies } from '../../evaluate/remedies/remedy.ts';
import { bootFilesOf, isDecided, lineOf, OWN_FILE, OWN_MODULES_FILE } from './boot-file.ts';
import { bootLines, causeMessage, hostHeading } from './remedy-text.ts';
import { comments } from './steps.ts';

export const imageHeading = (host: HostRemedies): string =>
  `${hostHeading(host)}, an image: for its own files, from its root; nothing of it is to be run`;

/** Writes an image's remedies in their order; `keep` writes a line that our own file of the image should have. */
export function imageLines({ steps }: HostRemedies, keep: (line: string) => string[]): string[] {
  return steps.flatMap(({ causes, modules, settings }) => [
    ...comments(
      causes.flatMap(({ rule: { fix, ...rule }, ...cause }) => {
        const { commands: _, ...words } = fix;
        return causeMessage({ ...cause, rule: { ...rule, fix: words } });
      }),
    ),
    ...comments(modules.map((name) => `  ${OWN_MODULES_FILE}: ${name}`)),
    ...settings.flatMap((setting) => [
      ...comments(bootLines(setting)),
      ...(setting.value !== null && isDecided(setting) && bootFilesOf(setting).kept
        ? keep(lineOf({ ...setting, value: setting.value }))
        : []),
    ]),
    '',
  ]);
}

/** The same, all of it in comments. */
export const imageComments = (host: HostRemedies): string[] => [
  ...comments([imageHeading(host)]),
  ...imageLines(host, (line) => comments([`  ${OWN_FILE}: ${line}`])),
];
