/** A text that is put together of lines of several files, and where each of its lines stands. */
import type { Piece } from '../../../model.ts';

/** A line of a file; without a number: one that stands nowhere, and is needed to read the others. */
export interface PlacedLine {
  text: string;
  origin: string;
  line: number | null;
}

export function putTogether(lines: readonly PlacedLine[]): { text: string; pieces: Piece[] } {
  const pieces: Piece[] = [];
  for (const [i, { origin, line }] of lines.entries()) {
    const before = lines[i - 1];
    const follows = before?.line != null && before.origin === origin && before.line + 1 === line;
    if (line !== null && !follows) pieces.push({ from: i + 1, origin, line });
  }
  return { text: `${lines.map(({ text }) => text).join('\n')}\n`, pieces };
}
