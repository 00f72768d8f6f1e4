/** Plain data with positions, as the readers of YAML and JSON look at it. */
import type { Json } from '../model.ts';
import type { Yaml } from '../yaml.ts';
import type { Variable, Variables } from './statements.ts';

export type Mapping = Record<string, Json>;
export type Path = readonly (string | number)[];

export function isMapping(value: Json | undefined): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Names the kind of an unexpected value in a message. */
export function kindOf(value: Json): string {
  if (value === null) return 'empty';
  if (Array.isArray(value)) return 'a list';
  if (isMapping(value)) return 'a map';
  return typeof value === 'string' ? `the text ${JSON.stringify(shortened(value))}` : String(value);
}

/** A line of a report holds so much, and a value in a wrong place may be a secret. */
function shortened(whole: string): string {
  const text = whole.replace(/=.*/s, '=...');
  return text.length > 40 ? `${text.slice(0, 40)}...` : text;
}

/** The entries of the mapping at a path, each with its place. */
export function variablesAt(yaml: Yaml, body: Mapping, path: Path): Variables {
  const entries = Object.entries(body).map(([name, value]): [string, Variable] => {
    const at = [...path, name];
    return [name, { value, source: yaml.at(at), nameSource: yaml.at(at, 'key') }];
  });
  return new Map(entries);
}
