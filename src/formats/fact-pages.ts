/** The facts that rules see, in Markdown: docs/facts.md is made of this. */
import type { Type } from '../define.ts';

/** A fact and its sources. */
export interface FactInfo {
  name: string;
  doc: string;
  type: Type;
  /** The sources of the fact: files and commands of a host; or the facts that it is derived from. */
  from: readonly string[];
}

export function factsPage(
  host: readonly FactInfo[],
  netns: readonly FactInfo[],
  path: readonly FactInfo[],
): string {
  const parts = [
    '# Facts',
    'What rules see, made from the collectors themselves. How to use it: [writing rules](writing-rules.md).',
    '## Of a host',
    ...host.map(factPart),
    '## Of a network namespace',
    ...netns.map(factPart),
    '## Of a path',
    ...path.map(factPart),
  ];
  return `${parts.join('\n\n')}\n`;
}

function factPart({ name, doc, type, from }: FactInfo): string {
  const origin = from.length > 0 ? `\n\nFrom ${from.map((one) => `\`${one}\``).join(', ')}.` : '';
  return [`### ${name}`, `${doc}${origin}`, fieldsOf(type, '').join('\n')].filter(Boolean).join('\n\n');
}

/** `- services: list`, and what an item has, further in. */
function fieldsOf(type: Type, indent: string): string[] {
  const inner = itemOf(type);
  if (inner.kind !== 'object') return indent === '' ? [`- ${nameOf(type)}${aside(inner)}`] : [];
  return Object.entries(inner.fields).flatMap(([field, of]) => [
    `${indent}- \`${field}\`: ${nameOf(of)}${aside(of)}`,
    ...fieldsOf(of, `${indent}  `),
  ]);
}

const aside = ({ doc }: Type): string => (doc === undefined ? '' : `. ${doc}`);

/** Returns the innermost type of nested lists and maps. */
function itemOf(type: Type): Type {
  if (type.kind === 'list') return itemOf(type.item);
  return type.kind === 'map' ? itemOf(type.value) : type;
}

function nameOf(type: Type): string {
  if (type.kind === 'list') return `list of ${plural(type.item)}`;
  if (type.kind === 'map') return `${plural(type.value)} by name`;
  return {
    int: 'integer',
    double: 'number',
    string: 'text',
    bool: 'true or false',
    any: 'anything',
    object: 'fields',
  }[type.kind];
}

function plural(type: Type): string {
  return (
    { int: 'integers', double: 'numbers', string: 'texts', bool: 'switches', any: 'values', object: 'items' }[
      type.kind as 'int'
    ] ?? nameOf(type)
  );
}
