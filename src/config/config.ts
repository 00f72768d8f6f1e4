/** Values of twlint.yaml, ready to be used. */
import type { Severity, Source, Waiver } from '../model.ts';

/** A value that an option of the command line takes. */
export type OptionValue = string | number | boolean | string[];

/** A value for an option, and where the configuration has it. */
export interface OptionSetting {
  /** The option's name without dashes: `fail-on`. */
  option: string;
  value: OptionValue;
  /** The place in a file; null: a built-in profile has it. */
  source: Source | null;
  /** The key, as written: `connection.known_hosts`. */
  key: string;
}

/** A severity that rules are given. */
export interface SeveritySetting {
  /** The id of a rule, or a pattern of ids. */
  rule: string;
  severity: Severity;
  source: Source;
}

/** All that a configuration says. */
export interface Config {
  /** The file, as messages show it; null: there is none. */
  file: string | null;
  /** Its absolute path. */
  path: string | null;
  options: readonly OptionSetting[];
  severities: readonly SeveritySetting[];
  /** The waivers in the file's order. */
  waivers: readonly Waiver[];
}

export const NO_CONFIG: Config = { file: null, path: null, options: [], severities: [], waivers: [] };
