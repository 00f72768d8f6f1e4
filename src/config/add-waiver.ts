/** Adds a waiver to the text of a configuration; all else in it stays as it is, comments too. */
import { isMap, isSeq, parseDocument, stringify, type YAMLSeq } from 'yaml';
import type { Waiver } from '../model.ts';

/** Returns the text with the waiver as the last one. The text is a configuration without mistakes, or empty. */
export function addWaiver(text: string, waiver: Omit<Waiver, 'source'>): string {
  const item = stringify([shortest(waiver)], { lineWidth: 0 });
  const { contents } = parseDocument(text);
  const list = isMap(contents) ? contents.get('waivers', true) : undefined;
  if (isSeq(list) && !list.flow && list.items.length > 0) return afterLast(text, list, item);
  const others = list === undefined ? text : withoutWaivers(text);
  const begin = others === '' || others.endsWith('\n') ? others : `${others}\n`;
  return `${begin}waivers:\n${indented(item, '  ')}`;
}

/** Leaves out what is at its default. */
function shortest({ namespace, path, undecided, rule, hosts, ...rest }: Omit<Waiver, 'source'>) {
  return {
    rule,
    hosts,
    ...(namespace !== null && { namespace }),
    ...(path !== null && { path }),
    ...(undecided && { undecided }),
    ...rest,
  };
}

function afterLast(text: string, list: YAMLSeq, item: string): string {
  const start = (list.items[0] as { range: [number, number, number] }).range[0];
  const [indent = ''] = /^ */.exec(text.slice(text.lastIndexOf('\n', start) + 1)) ?? [];
  const end = (list.items.at(-1) as { range: [number, number, number] }).range[1];
  const before = text.slice(0, end).replace(/\s*$/, '\n');
  return before + indented(item, indent) + text.slice(end).replace(/^[ \t]*\n/, '');
}

/** Removes an empty list of waivers. */
const withoutWaivers = (text: string): string =>
  text.replace(/^waivers:[ \t]*(\[\s*\]|~|null)?[ \t]*(#.*)?\n?/m, '');

const indented = (text: string, indent: string): string => text.replace(/^(?=.)/gm, indent);
