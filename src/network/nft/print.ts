/** Writes nft's JSON as the nft command would, near enough for a person to find the rule. */

import type { Json } from '../../model.ts';
import { wordTable } from '../../word-table.ts';
import { asList, asObject, bare } from './values.ts';

/** Prints a rule's statements, as `nft list ruleset` shows them. */
export function printRule(statements: readonly Json[], comment: Json | undefined): string {
  const text = statements.map(printExpression).filter((part) => part !== '');
  return [...text, ...(comment === undefined ? [] : [`comment "${comment}"`])].join(' ');
}

export function printExpression(value: Json): string {
  if (Array.isArray(value)) return value.map(printExpression).join(',');
  const expression = asObject(value);
  if (!expression) return value === null ? '' : String(value);
  const [name, body] = Object.entries(expression)[0] ?? ['', null];
  return (WRITERS[name] ?? writeAny)(body, name);
}

type Writer = (body: Json, name: string) => string;

const get = (body: Json, key: string): Json => asObject(body)?.[key] ?? null;
const operator: Writer = (body, name) => asList(body).map(printExpression).join(` ${name} `);
const verdict: Writer = (body, name) => `${name} ${get(body, 'target')}`;

const WRITERS = wordTable<Writer>({
  match: (body) => {
    const op = get(body, 'op');
    const masked = asObject(get(body, 'left'))?.['&'] !== undefined;
    const sign = (op === '==' && !masked) || op === 'in' ? '' : `${op} `;
    const left = printExpression(get(body, 'left'));
    const value = get(body, 'right');
    const right = typeof value === 'boolean' ? (value ? 'exists' : 'missing') : value;
    return `${left} ${sign}${INTERFACES.has(left) ? printNames(right) : printExpression(right)}`;
  },
  payload: (body) =>
    get(body, 'base') === null
      ? `${get(body, 'protocol')} ${get(body, 'field')}`
      : `@${get(body, 'base')},${get(body, 'offset')},${get(body, 'len')}`,
  exthdr: writeOption,
  'ip option': writeOption,
  'tcp option': writeOption,
  'sctp chunk': writeOption,
  meta: (body) =>
    INTERFACES.has(String(get(body, 'key'))) ? `${get(body, 'key')}` : `meta ${get(body, 'key')}`,
  ct: (body) => `ct ${get(body, 'dir') === null ? '' : `${get(body, 'dir')} `}${get(body, 'key')}`,
  fib: (body) => `fib ${asList(get(body, 'flags')).join(' . ')} ${get(body, 'result')}`,
  prefix: (body) => `${get(body, 'addr')}/${get(body, 'len')}`,
  range: (body) => asList(body).map(printExpression).join('-'),
  concat: (body) => asList(body).map(printExpression).join(' . '),
  set: (body) =>
    Array.isArray(body)
      ? `{ ${body.map(writeElement).join(', ')} }`
      : `${get(body, 'op')} ${get(body, 'set')} { ${printExpression(get(body, 'elem'))} }`,
  elem: (body) => printExpression(get(body, 'val')),
  map: (body) => `${printExpression(get(body, 'key'))} map ${printExpression(get(body, 'data'))}`,
  vmap: (body) => `${printExpression(get(body, 'key'))} vmap ${printExpression(get(body, 'data'))}`,
  numgen: (body) => `numgen ${get(body, 'mode')} mod ${get(body, 'mod')}`,
  jhash: (body) => `jhash ${printExpression(get(body, 'expr'))} mod ${get(body, 'mod')}`,
  mangle: (body) => `${printExpression(get(body, 'key'))} set ${printExpression(get(body, 'value'))}`,
  counter: () => 'counter',
  jump: verdict,
  goto: verdict,
  snat: writeNat,
  dnat: writeNat,
  masquerade: writeNat,
  redirect: writeNat,
  xt: (body) => (body === null ? 'xt' : `xt ${get(body, 'type')} ${get(body, 'name')}`),
  '&': operator,
  '|': operator,
  '^': operator,
  '<<': operator,
  '>>': operator,
});

const INTERFACES: ReadonlySet<string> = new Set(['iif', 'oif', 'iifname', 'oifname']);

function printNames(right: Json): string {
  const set = asObject(right)?.set;
  if (Array.isArray(set)) return `{ ${set.map(printNames).join(', ')} }`;
  return typeof right === 'string' && !right.startsWith('@') ? `"${right}"` : printExpression(right);
}

export function writeElement(element: Json): string {
  if (!Array.isArray(element)) return printExpression(bare(element));
  return element.map((part) => printExpression(bare(part))).join(' : ');
}

function writeNat(body: Json, name: string): string {
  const address = get(body, 'addr');
  const port = get(body, 'port');
  const goal = `${printExpression(address)}${port === null ? '' : `:${printExpression(port)}`}`;
  return [name, goal === '' ? '' : `to ${goal}`, ...asList(get(body, 'flags'))]
    .filter((part) => part !== '')
    .join(' ');
}

function writeOption(body: Json, name: string): string {
  return [name, get(body, 'name'), get(body, 'field')].filter((part) => part !== null).join(' ');
}

function writeAny(body: Json, name: string): string {
  return body === null ? name : `${name} ${JSON.stringify(body)}`;
}
