import type { Remedies } from '../../evaluate/remedies/remedy.ts';
import { ansible } from './ansible.ts';
import { shell } from './shell.ts';
import { sysctlD } from './sysctl-d.ts';

/** The formats of `twlint fix`, by the name that `--format` takes. */
export const remedyFormats = {
  'sysctl.d': sysctlD,
  ansible,
  shell,
} as const satisfies Record<string, (remedies: Remedies) => string>;
