import type { Remedies } from '../../evaluate/remedies/remedy.ts';
import { settingCommand } from '../arrange.ts';
import { bootFilesOf, lineOf, OWN_FILE, OWN_MODULES_FILE } from './boot-file.ts';
import { imageHeading, imageLines } from './image-lines.ts';
import { headerLines, hostHeading } from './remedy-text.ts';
import { comments, hostLines, type Writer } from './steps.ts';

/** A file for each host, one after the other. */
export function sysctlD(remedies: Remedies): string {
  const use = [
    `On each host, put its part into ${OWN_FILE}, run what stands behind $, then: sysctl -p ${OWN_FILE}`,
    'To undo: remove the file, bring back the lines that you deleted, and set again what is told as "now".',
  ];
  const parts = remedies.hosts.map((host) =>
    host.image
      ? [`# ======== ${imageHeading(host)}`, '', ...imageLines(host, (line) => [line])]
      : [`# ======== ${hostHeading(host)}`, '', ...hostLines(host, '', WRITER)],
  );
  const isAnyHost = remedies.hosts.some(({ image }) => !image);
  const head = comments([...headerLines(remedies), ...(isAnyHost ? use : [])]);
  return `${[head, ...parts].map((lines) => lines.join('\n').trimEnd()).join('\n\n')}\n`;
}

const WRITER: Writer = {
  module: (name) => comments([`  $ modprobe ${name} && echo ${name} >>${OWN_MODULES_FILE}`]),
  setting: (setting) =>
    bootFilesOf(setting).kept
      ? [lineOf(setting)]
      : comments([`  $ ${settingCommand(setting.key, setting.value)}`]),
  // what its comment says of the line is all of it
  removal: () => [],
};
