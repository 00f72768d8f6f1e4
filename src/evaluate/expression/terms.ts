/** The parts of an expression that twlint looks at, apart from the library that runs it. */

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

/** A term's parts; `repeated`: evaluated once for each item of a list. */
export function partsOf(term: Term): { part: Term; repeated: boolean }[] {
  const once = (part: Term) => ({ part, repeated: false });
  if (term.kind === 'entry') return [once(term.of)];
  if (term.kind === 'other') return term.parts.map(once);
  if (term.kind !== 'call') return [];
  const repeated = bindingOf(term)?.repeated ?? false;
  return [
    ...(term.receiver === null ? [] : [once(term.receiver)]),
    ...term.args.map((part) => ({ part, repeated })),
  ];
}

/** The name that a call gives to an item or a value, and its place. */
export function bindingOf(term: Term): { name: string; at: number; repeated: boolean } | null {
  if (term.kind !== 'call' || term.receiver === null) return null;
  const [first] = term.args;
  if (first?.kind !== 'name') return null;
  const isBind = term.name === 'bind' && term.receiver.kind === 'name' && term.receiver.name === 'cel';
  const repeated = COMPREHENSIONS.has(term.name) && term.args.length > 1;
  return isBind || repeated ? { name: first.name, at: first.at, repeated } : null;
}
