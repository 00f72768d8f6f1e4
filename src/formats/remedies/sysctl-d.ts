import type { Remedies } from '../../evaluate/remedies/remedy.ts';
import { OWN_FILE } from './boot-file.ts';
import { headerLines, hostHeading } from './remedy-text.ts';
import { comments, hostLines } from './steps.ts';

/** A file for each host, one after the other. */
export function sysctlD(remedies: Remedies): string {
  const use = [
    `On each host, put its part into ${OWN_FILE}, then: sysctl -p ${OWN_FILE}`,
    'To undo: remove the file, and set again what is told as "now".',
  ];
  const parts = remedies.hosts.map((host) => [
    `# ======== ${hostHeading(host)}`,
    '',
    ...hostLines(host, '', ({ key, value }) => [`${key} = ${value}`]),
  ]);
  const head = comments([...headerLines(remedies), ...(parts.length > 0 ? use : [])]);
  return `${[head, ...parts].map((lines) => lines.join('\n').trimEnd()).join('\n\n')}\n`;
}
