import type { Parsed } from '../define.ts';
import type { Answer, Line } from '../model.ts';
import { DEFAULTS, mayHave } from '../network/sysctl/kernels.ts';
import { sysctlNumber } from '../network/sysctl/key.ts';
import { emptyTable } from '../word-table.ts';

/**
 * The settings of an image: those that its files make at the next boot, with the lines that make them. What no file
 * sets is left out, save for a few defaults of the kernel.
 *
 * @param release of the kernel that boots; empty when not known
 */
export function sysctlsAtBoot(
  boot: Answer<Parsed<{ settings: Record<string, string> }>>,
  release: string,
): Answer<Parsed<Record<string, unknown>>> {
  if (!boot.ok) return boot;
  const { value: made, lines: origins = {}, ...rest } = boot.value;
  const value: Record<string, unknown> = Object.assign(emptyTable(), DEFAULTS);
  const lines = Object.assign(emptyTable<Line | Line[]>(), DEFAULT_LINES, origins);
  const unreadable = emptyTable<string>();
  for (const [key, text] of Object.entries(made.settings)) {
    const has = mayHave(release, key);
    if (!has.ok) unreadable[key] = 'a file sets it, not every kernel has it, and the image holds no kernel';
    else if (has.value) value[key] = sysctlNumber(text) ?? text;
  }
  return { ok: true, value: { ...rest, value, lines, unreadable } };
}

const DEFAULT_LINES = Object.fromEntries(
  Object.entries(DEFAULTS).map(([key, text]): [string, Line] => [
    key,
    { origin: "the kernel's default", line: 0, text: `${key} = ${text}` },
  ]),
);
