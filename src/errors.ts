import type { Source } from './model.ts';

/** Something the user can fix: printed with its place and hint, without a stack or cause; exit status 2. */
export class UserError extends Error {
  readonly source: Source | null;
  readonly hint: string | null;

  constructor(message: string, rest: { source?: Source | null; hint?: string | null } & ErrorOptions = {}) {
    super(message, rest);
    this.name = 'UserError';
    this.source = rest.source ?? null;
    this.hint = rest.hint ?? null;
  }

  /** `hosts.yaml:7:5: port must be 1 to 65535` and, on a line of its own, the hint. */
  describe(): string {
    const place = this.source ? `${this.source.file}:${this.source.line}:${this.source.column}: ` : '';
    return `${place}${this.message}${this.hint ? `\n  hint: ${this.hint}` : ''}`;
  }
}

/** Several mistakes found in one go, so that they can be fixed in one go. */
export class UserErrors extends Error {
  readonly errors: readonly UserError[];

  constructor(errors: readonly UserError[], options?: ErrorOptions) {
    super(errors.map((error) => error.describe()).join('\n'), options);
    this.name = 'UserErrors';
    this.errors = errors;
  }
}

/** Tells whether it is of the operating system, which lets us open no more files. */
export function isOutOfFiles(error: unknown): boolean {
  return ['EMFILE', 'ENFILE'].includes((error as NodeJS.ErrnoException | null)?.code ?? '');
}

/** Returns what the operating system says of a path, which no mistake of ours need have led to; null for other errors. */
export function systemMessage(error: unknown): string | null {
  const { code, path, syscall, message } = error as Partial<NodeJS.ErrnoException>;
  if (code === undefined || path === undefined || syscall === undefined) return null;
  // EACCES: permission denied, stat 'ticket/web1'
  const [, why = code] = /^\w+: (.*?), /.exec(message ?? '') ?? [];
  return `${path}: ${why} (${syscall})`;
}

/** Throws them all, or returns when there are none. */
export function throwIfAny(errors: readonly UserError[]): void {
  if (errors.length > 0) throw new UserErrors(errors);
}

/** Returns the candidate nearest to a mistyped word, if one is near enough to be meant. */
export function nearest(word: string, candidates: Iterable<string>): string | null {
  let best: string | null = null;
  // of a word of one letter, every other is as near
  let bestDistance = Math.min(word.length, Math.max(2, Math.floor(word.length / 3)) + 1);
  for (const candidate of candidates) {
    const distance = editDistance(word, candidate);
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      // biome-ignore lint/style/noNonNullAssertion: rows are one longer than b
      const substitution = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      // biome-ignore lint/style/noNonNullAssertion: rows are one longer than b, and next has j items
      next.push(Math.min(substitution, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  // biome-ignore lint/style/noNonNullAssertion: rows are one longer than b
  return row[b.length]!;
}
