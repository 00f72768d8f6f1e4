import { nearest, UserError } from './errors.ts';
import type { Json } from './model.ts';
import { parseYaml, type Yaml } from './yaml.ts';
import { positionInScalar } from './yaml-position.ts';

type Path = readonly (string | number)[];

/** A YAML file that people write, while it is read: its values, and the mistakes found so far. */
export interface YamlDocument {
  file: string;
  /** The name of the whole in messages: `the rule`. */
  name: string;
  yaml: Yaml;
  errors: UserError[];
  fail(path: Path, message: string, hint?: string | null, part?: 'key' | 'value'): void;
  /** Does the same, about the character at an offset of the text at a path. */
  failWithin(path: Path, text: string, at: number, message: string, hint: string | null): void;
}

export function openYamlDocument(text: string, file: string, name: string): YamlDocument {
  const yaml = parseYaml(text, file);
  const errors: UserError[] = [];
  return {
    file,
    name,
    yaml,
    errors,
    fail(path, message, hint = null, part = 'value') {
      errors.push(new UserError(message, { source: yaml.at(path, part), hint }));
    },
    failWithin(path, value, at, message, hint) {
      const source = positionInScalar(text, yaml.at(path), value, at);
      errors.push(new UserError(message, { source, hint }));
    },
  };
}

/** A mapping of the file, with a reader for each kind of entry; a wrong entry is reported and read as null. */
export interface Section {
  path: Path;
  value: Readonly<Record<string, Json>>;
  text(key: string): string | null;
  /** A text that may have several lines is trimmed; others must be one line. */
  oneLine(key: string): string | null;
  choice<T extends string>(key: string, choices: readonly T[]): T | null;
  texts(key: string): string[] | null;
  section(key: string, keys: Keys): Section | null;
}

export interface Keys {
  required: readonly string[];
  optional?: readonly string[];
}

/** Returns the mapping at a path, its keys checked. Null, and reported, where there is none. */
export function sectionAt(document: YamlDocument, path: Path, value: Json, keys: Keys): Section | null {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    document.fail(
      path,
      `${nameOf(document, path)} should be a mapping with ${keys.required.join(', ') || 'keys'}`,
    );
    return null;
  }
  checkKeys(document, path, value, keys);
  const text = (key: string): string | null => textAt(document, [...path, key], value[key]);
  return {
    path,
    value,
    text,
    oneLine(key) {
      const line = text(key);
      if (line?.includes('\n')) document.fail([...path, key], `${key} should be one line`);
      return line;
    },
    choice(key, choices) {
      const chosen = choices.find((choice) => choice === value[key]);
      if (chosen === undefined && value[key] !== undefined)
        document.fail(
          [...path, key],
          `${key} should be ${listed(choices)}`,
          meant(String(value[key]), choices),
        );
      return chosen ?? null;
    },
    texts: (key) => textsAt(document, [...path, key], value[key]),
    section: (key, inner) =>
      value[key] === undefined ? null : sectionAt(document, [...path, key], value[key], inner),
  };
}

function checkKeys(document: YamlDocument, path: Path, value: Record<string, Json>, keys: Keys): void {
  const known = [...keys.required, ...(keys.optional ?? [])];
  for (const key of Object.keys(value)) {
    if (!known.includes(key))
      document.fail(
        [...path, key],
        `unknown key "${key}"`,
        meant(key, known) ?? `known: ${known.join(', ')}`,
        'key',
      );
  }
  const missing = keys.required.filter((key) => value[key] === undefined);
  if (missing.length > 0)
    document.fail(path, `${nameOf(document, path)} lacks ${missing.join(', ')}`, null, 'key');
}

function textAt(document: YamlDocument, path: Path, value: Json | undefined): string | null {
  if (value === undefined) return null;
  if (typeof value === 'string' && value.trim() !== '') return value.trim();
  const isEmpty = value === null || typeof value === 'string';
  const isScalar = typeof value === 'number' || typeof value === 'boolean';
  document.fail(
    path,
    isEmpty ? `${path.at(-1)} is empty` : `${path.at(-1)} should be text`,
    isScalar ? 'put it in quotes' : null,
  );
  return null;
}

function textsAt(document: YamlDocument, path: Path, value: Json | undefined): string[] | null {
  if (value === undefined) return null;
  if (!Array.isArray(value) || value.length === 0) {
    document.fail(path, `${path.at(-1)} should be a list of texts, and not empty`);
    return null;
  }
  const texts = value.map((item, i) => textAt(document, [...path, i], item));
  return texts.every((text) => text !== null) ? texts : null;
}

function meant(word: string, candidates: readonly string[]): string | null {
  const near = nearest(word, candidates);
  return near === null ? null : `did you mean "${near}"?`;
}

function nameOf({ name }: YamlDocument, path: Path): string {
  const last = path.at(-1);
  if (last === undefined) return name;
  return typeof last === 'number' ? `item ${last + 1} of ${path.at(-2)}` : last;
}

function listed(choices: readonly string[]): string {
  return choices.length < 2 ? choices.join('') : `${choices.slice(0, -1).join(', ')} or ${choices.at(-1)}`;
}
