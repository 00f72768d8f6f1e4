/** Gives options the values that twlint.yaml has for them, where the command line has none. */
import { type Config, NO_CONFIG, type OptionSetting, type OptionValue } from '../../config/config.ts';
import { withProfile } from '../../config/config-reader.ts';
import { findConfig } from '../../config/find-config.ts';
import type { Command } from './command.ts';

/** Sources of hosts: where the command line names one, the configuration's inventories are not meant. */
const SOURCES = ['inventory', 'root', 'from', 'nat'];

/** Reads the configuration for a command line whose options are all written as `--name=value`. */
export function configFor(command: Command, words: readonly string[], cwd: string): Config {
  if (!('config' in command.options)) return NO_CONFIG;
  const config = findConfig(given(words, 'config'), cwd);
  const profile = given(words, 'profile');
  return profile === 'golden' ? { ...config, options: withProfile(config.options, profile) } : config;
}

/** Returns the settings that count for a command line: those of options that the command has and that were not given. */
export function settingsInForce(config: Config, command: Command, words: readonly string[]): OptionSetting[] {
  const isNamed = (option: string) =>
    words.some((word) => word === `--${option}` || word.startsWith(`--${option}=`));
  const hasSource = SOURCES.some(isNamed);
  return config.options.filter(
    ({ option }) =>
      option in command.options &&
      !isNamed(option) &&
      !isNamed(`no-${option}`) &&
      !(option === 'inventory' && hasSource),
  );
}

/** Returns settings as values by option, as yargs takes a configuration. */
export const optionValues = (settings: readonly OptionSetting[]): Record<string, OptionValue> =>
  Object.fromEntries(settings.map(({ option, value }) => [option, value]));

const given = (words: readonly string[], option: string): string | undefined =>
  words.find((word) => word.startsWith(`--${option}=`))?.slice(option.length + 3);
