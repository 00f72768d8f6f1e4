/** Hosts whose names a reader takes for one and the same. */
import type { Host } from '../model.ts';

type Named = Pick<Host, 'name' | 'source'>;

/**
 * Letters of Cyrillic and Greek that look like one of Latin: from the confusables of Unicode Technical Standard 39.
 * Unicode's normalization covers the letters that it takes for one (combined or not, full width, ligatures).
 */
const LATIN: ReadonlyMap<string, string> = new Map(
  [
    ['аеорсухіјѕһԁԛԝѵӏ', 'aeopcyxijshdqwvl'],
    ['АВЕКМНОРСТХУІЈЅ', 'ABEKMHOPCTXYIJS'],
    ['ονρι', 'ovpi'],
    ['ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ', 'ABEZHIKMNOPTYX'],
  ].flatMap(([foreign = '', latin = '']) =>
    [...foreign].map((letter, i) => [letter, latin.charAt(i)] as const),
  ),
);

/** Returns a key that is equal for names that look alike. */
function looksOf(name: string): string {
  const shown = name.normalize('NFKC').replace(/\p{Default_Ignorable_Code_Point}/gu, '');
  return [...shown].map((letter) => LATIN.get(letter) ?? letter).join('');
}

/** Returns the groups of hosts with names that look alike and are not the same. */
export function lookAlikes<T extends Named>(hosts: readonly T[]): T[][] {
  const groups = new Map<string, T[]>();
  for (const host of hosts) {
    const looks = looksOf(host.name);
    const group = groups.get(looks);
    if (group) group.push(host);
    else groups.set(looks, [host]);
  }
  return [...groups.values()].filter((group) => new Set(group.map(({ name }) => name)).size > 1);
}

/** `names that look alike: web1 (hosts.yaml:3), w\u{435}b1 (hosts.yaml:9)`. */
export function alikeMessage(hosts: readonly Named[]): string {
  const listed = hosts.map(({ name, source }) => `${spelled(name)} (${source.file}:${source.line})`);
  return `different hosts whose names look alike: ${listed.join(', ')}`;
}

const spelled = (name: string): string =>
  // biome-ignore lint/style/noNonNullAssertion: a match has a letter
  name.replace(/[^ -~]/gu, (letter) => `\\u{${letter.codePointAt(0)!.toString(16)}}`);
