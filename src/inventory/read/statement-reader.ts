/** Chooses the reader for a text by its content, not only by its name: `hosts` may be anything. */
import { UserErrors } from '../../errors.ts';
import { parseYaml, type Yaml } from '../../yaml.ts';
import type { Dialect } from '../../yaml-scalar.ts';
import type { SourceFile } from '../source-file.ts';
import type { Complain, Statement } from '../statements.ts';
import { foreignFormat } from './foreign-format.ts';
import { readIniInventory } from './read-ini.ts';
import { isListing, readListing } from './read-listing.ts';
import { isKubernetes, readNodes } from './read-nodes.ts';
import { readYamlInventory } from './read-yaml.ts';

/** Reads the statements of a file. `isKnown` tells whether an earlier file has a group. */
export function readStatements(
  file: SourceFile,
  isKnown: (group: string) => boolean,
  complain: Complain,
): Statement[] {
  const foreign = foreignFormat(file);
  if (foreign !== null) {
    complain(foreign.message, { file: file.name, line: 1, column: 1 }, foreign.hint);
    return [];
  }
  if (isIni(file)) return readIniInventory(file.text, file.name, isKnown, complain);
  const yaml = parsedData(file, complain);
  if (yaml === null) return [];
  if (isKubernetes(yaml.value)) return readNodes(yaml, complain);
  const isJson = file.text.trimStart().startsWith('{');
  return isJson && isListing(yaml.value) ? readListing(yaml, complain) : readYamlInventory(yaml, complain);
}

/** The data of a file in YAML, or in JSON, which YAML 1.1 reads a little differently (`1e3`). null: it is broken. */
export function parsedData({ name, text }: SourceFile, complain: Complain): Yaml | null {
  const isJson = isPureJson(text);
  const dialect: Dialect = isJson ? 'core' : 'ansible';
  try {
    return parseYaml(text, name, dialect);
  } catch (error) {
    if (!(error instanceof UserErrors)) throw error;
    // JSON is read as YAML, which it is; its author need not know
    const inDialect = (message: string) => (text.startsWith('{') ? message.replace('YAML', 'JSON') : message);
    for (const { message, source, hint } of error.errors) complain(inDialect(message), source, hint);
    return null;
  }
}

function isPureJson(text: string): boolean {
  if (!/^\s*[{[]/.test(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function isIni({ name, text }: SourceFile): boolean {
  // the first line that is neither blank nor a comment
  const [line = ''] = /^[^\S\r\n]*[^\s#;].*/m.exec(text) ?? [];
  if (/^\s*\[/.test(line)) return !isPureJson(text);
  // `---`, `{`, `- lb-1`, `"lb-1":`
  if (/^\s*(?:---|[%{?&!"'|>]|- )/.test(line)) return false;
  // `lb-1 ansible_host=192.0.2.1`
  if (/^\s*\S+\s+\w+=/.test(line)) return true;
  // `all:`, `hosts: x`
  if (/:(?:\s|$)/.test(line)) return false;
  // `lb-1`
  return line !== '' && !/\.(?:ya?ml|json)$/.test(name);
}
