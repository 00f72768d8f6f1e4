/** What twlint looks at in an expression, apart from the library that runs it. */

/** A part of an expression. `at` is its offset into the expression's text. */
export type Term = { at: number } & (
  | { kind: 'literal'; text: string | null }
  | { kind: 'name'; name: string }
  /** `of.key`, `of["key"]`, and `"key" in of`: all three ask for one entry by its name. */
  | { kind: 'entry'; of: Term; key: string }
  | { kind: 'call'; name: string; receiver: Term | null; args: Term[] }
  | { kind: 'other'; parts: Term[] }
);

/** `nat.source.exists(rule, ...)`: these call their later arguments once for each item of the receiver. */
const COMPREHENSIONS = new Set(['all', 'exists', 'exists_one', 'map', 'filter']);

/** A term's parts, each with the name that it may use for the item at hand. */
export function partsOf(term: Term): { part: Term; binds: string | null; repeated: boolean }[] {
  const plain = (part: Term) => ({ part, binds: null, repeated: false });
  if (term.kind === 'entry') return [plain(term.of)];
  if (term.kind === 'other') return term.parts.map(plain);
  if (term.kind !== 'call') return [];
  const receiver = term.receiver === null ? [] : [plain(term.receiver)];
  const binding = bindingOf(term);
  if (binding === null) return [...receiver, ...term.args.map(plain)];
  const { name, repeated } = binding;
  const [, ...rest] = term.args;
  // cel.bind(name, value, expression): the value does not know the name yet
  const outside = repeated ? [] : rest.splice(0, 1).map(plain);
  return [...receiver, ...outside, ...rest.map((part) => ({ part, binds: name, repeated }))];
}

/** The name that a call gives to an item or a value, and where. */
export function bindingOf(term: Term): { name: string; at: number; repeated: boolean } | null {
  if (term.kind !== 'call' || term.receiver === null) return null;
  const [first] = term.args;
  if (first?.kind !== 'name') return null;
  const isBind = term.name === 'bind' && term.receiver.kind === 'name' && term.receiver.name === 'cel';
  const repeated = COMPREHENSIONS.has(term.name) && term.args.length > 1;
  return isBind || repeated ? { name: first.name, at: first.at, repeated } : null;
}
