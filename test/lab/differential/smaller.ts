/** Takes lines and packets out of a case for as long as it still shows what is wrong. */
import type { Case } from './case.ts';
import { TEXTS, type TextPart } from './case-text.ts';
import { HERE_DOCUMENT } from './layout.ts';

type Piece = { part: TextPart; line: string } | { part: 'packets'; packet: Case['packets'][number] };

/** Without its end, a here-document would take in what the shell is told later. */
const isFixed = (piece: Piece) => piece.part === 'setup' && piece.line.includes(HERE_DOCUMENT);

/** `fails` says whether a case still does; it is asked at most `tries` times. */
export async function smaller(
  drawn: Case,
  fails: (candidate: Case) => Promise<boolean>,
  tries: number,
): Promise<Case> {
  let pieces = piecesOf(drawn);
  let left = tries;
  for (let size = pieces.length >> 1; size >= 1 && left > 0; ) {
    let removed = false;
    for (let from = 0; from < pieces.length && left > 0; ) {
      const candidate = pieces.filter((piece, i) => i < from || i >= from + size || isFixed(piece));
      left--;
      if (candidate.length < pieces.length && (await fails(joined(drawn.kind, candidate))))
        [pieces, removed] = [candidate, true];
      else from += size;
    }
    if (!removed || size > 1) size >>= 1;
  }
  return joined(drawn.kind, pieces);
}

function piecesOf(drawn: Case): Piece[] {
  const lines = TEXTS.flatMap(([, part]) => drawn[part].split('\n').map((line): Piece => ({ part, line })));
  return [...lines, ...drawn.packets.map((packet): Piece => ({ part: 'packets', packet }))];
}

function joined(kind: Case['kind'], pieces: readonly Piece[]): Case {
  const text = (part: TextPart) =>
    pieces
      .flatMap((piece) => (piece.part === part && piece.line.trim() !== '' ? [piece.line] : []))
      .join('\n');
  const texts = TEXTS.map(([, part]) => [part, text(part)] as const);
  return {
    kind,
    ...(Object.fromEntries(texts) as Record<TextPart, string>),
    packets: pieces.flatMap((piece) => (piece.part === 'packets' ? [piece.packet] : [])),
  };
}
