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
  // with more than half of its letters changed, any short word is near to any other
  let bestDistance = Math.min(Math.floor(word.length / 2) + 1, Math.max(2, Math.floor(word.length / 3)) + 1);
  for (const candidate of candidates) {
    const distance = editDistance(word, candidate);
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

/** Counts letters to be added, left out or changed, and neighbours that changed places. */
function editDistance(a: string, b: string): number {
  const rows = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  // biome-ignore lint/style/noNonNullAssertion: rows are one longer than b, and i and j do not go beyond what is there
  const at = (i: number, j: number): number => rows[i]![j]!;
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    rows.push(row);
    for (let j = 1; j <= b.length; j++) {
      const changed = at(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const isSwapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swapped = isSwapped ? at(i - 2, j - 2) + 1 : changed;
      row.push(Math.min(changed, swapped, at(i - 1, j) + 1, at(i, j - 1) + 1));
    }
  }
  return at(a.length, b.length);
}
