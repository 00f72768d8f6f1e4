/** Reads twlint.yaml. */
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { throwIfAny } from '../errors.ts';
import type { Json, Severity } from '../model.ts';
import { openYamlDocument, type Section, sectionAt, type YamlDocument } from '../yaml-document.ts';
import type { Config, OptionSetting, OptionValue, SeveritySetting } from './config.ts';
import { CONNECTION_KEYS, type OptionKey, PROFILE_VALUES, PROFILES, TOP_KEYS } from './config-keys.ts';
import { readWaivers } from './waiver-reader.ts';

const SEVERITIES = ['error', 'warning', 'note'] as const;

/** The place of a configuration: the file's name in messages, its path, and the folder that relative paths start from. */
export interface ConfigLocation {
  file: string;
  path: string;
  cwd: string;
}

/** Reads a configuration. Throws UserErrors with all mistakes in it. */
export function readConfig(text: string, location: ConfigLocation): Config {
  const document = openYamlDocument(text, location.file, 'the configuration');
  const keys = [...Object.keys(TOP_KEYS), 'profile', 'severities', 'connection', 'waivers'];
  const top = sectionAt(document, [], document.yaml.value, { required: [], optional: keys });
  const config = top === null ? null : configFrom(top, document, location);
  throwIfAny(document.errors);
  // a document without mistakes has a top
  return config as Config;
}

function configFrom(top: Section, document: YamlDocument, location: ConfigLocation): Config {
  const connecting = top.section('connection', { required: [], optional: Object.keys(CONNECTION_KEYS) });
  const own = [
    ...settings(top, TOP_KEYS, document, location),
    ...(connecting === null ? [] : settings(connecting, CONNECTION_KEYS, document, location)),
  ];
  const profile = top.choice('profile', PROFILES);
  return {
    file: location.file,
    path: location.path,
    options: profile === null ? own : withProfile(own, profile),
    severities: severitiesFrom(top, document),
    waivers: readWaivers(top, document),
  };
}

/** Adds the values of a built-in profile, instead of those of another one; a file's own win. */
export function withProfile(
  settings: readonly OptionSetting[],
  profile: (typeof PROFILES)[number],
): OptionSetting[] {
  const own = settings.filter(({ source }) => source !== null);
  const taken = new Set(own.map(({ option }) => option));
  const added = Object.entries(PROFILE_VALUES[profile])
    .filter(([option]) => !taken.has(option))
    .map(([option, value]) => ({ option, value, source: null, key: `profile ${profile}` }));
  return [...own, ...added];
}

function settings(
  section: Section,
  keys: Readonly<Record<string, OptionKey>>,
  document: YamlDocument,
  location: ConfigLocation,
): OptionSetting[] {
  return Object.entries(keys).flatMap(([key, option]): OptionSetting[] => {
    if (section.value[key] === undefined) return [];
    const value = optionValue(section, key, option, document, location);
    if (value === null) return [];
    const path = [...section.path, key];
    return [{ option: option.option, value, source: document.yaml.at(path), key: path.join('.') }];
  });
}

function optionValue(
  section: Section,
  key: string,
  { value: kind }: OptionKey,
  document: YamlDocument,
  location: ConfigLocation,
): OptionValue | null {
  const value = section.value[key] as Json;
  const plain = typeof value === 'string' || typeof value === 'number' ? String(value) : '';
  const fail = (what: string): null => {
    document.fail([...section.path, key], `${key} should be ${what}`);
    return null;
  };
  switch (kind.kind) {
    case 'text':
      return section.oneLine(key);
    case 'path':
      return pathFrom(section.oneLine(key), location);
    case 'paths':
      return section.texts(key)?.map((path) => fromHere(path, location)) ?? null;
    case 'inventories':
      return (
        section.texts(key)?.map((text) => (text.includes(',') ? text : fromHere(text, location))) ?? null
      );
    case 'patterns':
      return section.texts(key);
    case 'choice':
      return section.choice(key, kind.choices);
    case 'flag':
      return typeof value === 'boolean' ? value : fail('true or false');
    case 'number':
      return typeof value === 'number' && Number.isInteger(value) && value >= kind.least
        ? value
        : fail(`a whole number${kind.least > 0 ? ` above ${kind.least - 1}` : ''}`);
    case 'duration':
      return /^\d+(\.\d+)?(ms|s|m|min|h)?$/.test(plain) ? plain : fail('a length of time, as 10s');
    case 'share':
      return /^\d+%?$/.test(plain) ? plain : fail('a number or a share, as 5 or 10%');
    default:
      return kind satisfies never;
  }
}

const pathFrom = (path: string | null, location: ConfigLocation): string | null =>
  path === null || path === 'none' ? path : fromHere(path, location);

/** Returns a path of the configuration as the command line would have it: relative to the working directory. */
function fromHere(path: string, { path: config, cwd }: ConfigLocation): string {
  if (isAbsolute(path) || path.startsWith('~')) return path;
  const near = relative(cwd, resolve(dirname(config), path));
  return near.startsWith('../') || near === '..' || isAbsolute(near) ? resolve(cwd, near) : near || join('.');
}

function severitiesFrom(top: Section, document: YamlDocument): SeveritySetting[] {
  const { severities } = top.value;
  if (severities === undefined) return [];
  if (severities === null || typeof severities !== 'object' || Array.isArray(severities)) {
    document.fail(['severities'], 'severities should be a mapping of rules', 'as in `NA005: note`');
    return [];
  }
  return Object.entries(severities).flatMap(([rule, severity]): SeveritySetting[] => {
    const path = ['severities', rule];
    if (SEVERITIES.some((known) => known === severity))
      return [{ rule, severity: severity as Severity, source: document.yaml.at(path, 'key') }];
    document.fail(
      path,
      `the severity of ${rule} should be error, warning or note`,
      'exclude leaves a rule out',
    );
    return [];
  });
}
