import type { HostRemedies, RemedyStep, SettingChange } from '../../evaluate/remedies/remedy.ts';
import { bootFilesOf, isDecided } from './boot-file.ts';
import { causeMessage, namespaceMessage, namespaceSettingMessage, settingLines } from './remedy-text.ts';

/** A setting that gets a value. */
export type ResolvedSetting = SettingChange & { value: string };

/** Writes what a step does in a format; `rules` are those that require it. */
export interface Writer {
  module(name: string, rules: string[]): string[];
  setting(setting: ResolvedSetting, rules: string[]): string[];
  /** Puts the lines of this file out of force that set it, where no file is to. */
  removal(file: string, setting: SettingChange, rules: string[]): string[];
}

/** Writes a host's settings in their order, each below its comments; then what only comments can explain. */
export function hostLines(
  { host, steps, namespaces }: HostRemedies,
  indent: string,
  writer: Writer,
): string[] {
  const ofHost = steps.flatMap((step) =>
    stepLines(step, writer.module, (setting, rules) => [
      ...comments(settingLines(setting)),
      ...changes(setting, rules, writer),
    ]),
  );
  const ofNamespaces = namespaces.flatMap((namespace) => [
    ...comments(namespaceMessage(namespace, host)),
    '',
    ...namespace.steps.flatMap((step) =>
      stepLines(
        step,
        (name) => comments([`  $ modprobe ${name}`]),
        (setting) => comments(namespaceSettingMessage(setting, namespace)),
      ),
    ),
  ]);
  return [...ofHost, ...ofNamespaces].map((line) => (line === '' ? '' : indent + line));
}

function stepLines(
  { causes, modules, settings }: RemedyStep,
  load: Writer['module'],
  written: (setting: SettingChange, rules: string[]) => string[],
): string[] {
  const rules = causes.map(({ rule }) => rule.id);
  return [
    ...comments(causes.flatMap(causeMessage)),
    ...modules.flatMap((name) => load(name, rules)),
    ...settings.flatMap((setting) => written(setting, rules)),
    '',
  ];
}

function changes(setting: SettingChange, rules: string[], writer: Writer): string[] {
  if (isResolved(setting)) return writer.setting(setting, rules);
  if (!isDecided(setting)) return [];
  return bootFilesOf(setting).edited.flatMap((file) => writer.removal(file, setting, rules));
}

const isResolved = (setting: SettingChange): setting is ResolvedSetting => setting.value !== null;

export const comments = (lines: readonly string[]): string[] => lines.map((line) => `# ${line}`.trimEnd());
