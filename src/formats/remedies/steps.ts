import type { HostRemedies, Setting, Step } from './remedy.ts';
import { causeWords, namespaceWords, settingWords } from './words.ts';

/** A setting that everybody agrees on. */
export type Settled = Setting & { value: string };

/** How a format writes settings down. */
export interface Dialect {
  /** Stands before every line. */
  indent: string;
  /** The lines that make a setting, or keep it for the next boot; `rules` are those that ask for it. */
  set(setting: Settled, rules: string[]): string[];
}

/** All of a host: settings in their order, each with its words as comments; then what only comments can tell. */
export function hostLines({ host, steps, namespaces }: HostRemedies, dialect: Dialect): string[] {
  const inNamespaces = namespaces.flatMap((namespace) => [
    ...comments(namespaceWords(namespace, host)),
    '',
    ...namespace.steps.flatMap((step) => stepLines(step, { ...dialect, set: () => [] })),
  ]);
  const lines = [...steps.flatMap((step) => stepLines(step, dialect)), ...inNamespaces];
  return lines.map((line) => (line === '' ? '' : dialect.indent + line));
}

function stepLines({ causes, settings }: Step, dialect: Dialect): string[] {
  const rules = causes.map(({ rule }) => rule.id);
  return [
    ...comments(causes.flatMap(causeWords)),
    ...settings.flatMap((setting) => [
      ...comments(settingWords(setting)),
      ...(isSettled(setting) ? dialect.set(setting, rules) : []),
    ]),
    '',
  ];
}

const isSettled = (setting: Setting): setting is Settled => setting.value !== null;

export const comments = (lines: readonly string[]): string[] => lines.map((line) => `# ${line}`.trimEnd());
