/** Outputs whose end braces or quotes decide, whatever the lines between them look like. */
import type { PastedLine } from './lines.ts';

/** `rule`: iptables' rules, whose comments may have line feeds. `conf`: files of keepalived. */
export type Extent = 'rule' | 'nft' | 'json' | 'conf';

export interface OpenExtent {
  extent: Extent;
  depth: number;
  quoted: boolean;
}

/** A comment of a rule has 256 bytes at most (xt_comment.h, XT_MAX_COMMENT_LEN), one of nft half of that. */
const LONGEST_QUOTE = 300;

/** Returns what is open after a line, where `open` was before it; null: nothing. */
export function openAfter(
  open: OpenExtent | null,
  extent: Extent,
  rows: readonly PastedLine[],
  at: number,
): OpenExtent | null {
  const line = rows[at]?.text ?? '';
  if (open === null && extent === 'rule' && !/^(?:\[\d+:\d+\] ?)?-A /.test(line)) return null;
  const now = { extent, depth: open?.depth ?? 0, quoted: open?.quoted ?? false };
  const escapes = extent === 'rule' || extent === 'json';
  for (let i = 0; i < line.length; i++) {
    const char = line[i];
    if (char === '\\' && escapes && now.quoted) i++;
    else if (char === '"') now.quoted = !now.quoted;
    else if (now.quoted || extent === 'rule') continue;
    else if (extent === 'conf' && (char === '#' || char === '!')) break;
    else if (char === '{') now.depth++;
    else if (char === '}') now.depth--;
  }
  if (now.quoted && (extent === 'conf' || !isClosedAfter(rows, at))) now.quoted = false;
  return now.quoted || now.depth > 0 ? now : null;
}

/** Tells whether a quote comes soon: one that is never closed is a mistake of its own line. */
function isClosedAfter(rows: readonly PastedLine[], at: number): boolean {
  let seen = 0;
  for (let i = at + 1; i < rows.length && seen < LONGEST_QUOTE; i++) {
    const { text } = rows[i] as PastedLine;
    const quote = text.indexOf('"');
    if (quote >= 0) return seen + quote < LONGEST_QUOTE;
    seen += text.length + 1;
  }
  return false;
}
