/**
 * The kernel takes a comment with a line feed in it, and iptables-save prints that unchanged, inside of quotes: the
 * text that follows is no line of its own, whatever it looks like.
 */

/** A rule as iptables-save begins it, with or without counters. */
const RULE = /^\s*(?:\[\d+:\d+\]\s*)?-A\s/;

/** Returns the same text, with a space for each line feed inside of a rule's quotes: offsets in it are the same. */
export function joinQuotedLines(text: string): string {
  if (last.text !== text) last = { text, joined: joined(text) };
  return last.joined;
}

/** Whoever asks what a text is asks several times. */
let last = { text: '', joined: '' };

function joined(text: string): string {
  if (!text.includes('"')) return text;
  const pieces: string[] = [];
  let copied = 0;
  for (let start = 0; start < text.length; ) {
    const end = endOfLine(text, start);
    const first = text.slice(start, end);
    const close = first.includes('"') && RULE.test(first) ? endOfRule(text, start) : end;
    // a quote that is never closed is a mistake of its own line, and what follows may be sound
    if (close === null) break;
    if (close > end) {
      pieces.push(text.slice(copied, start), text.slice(start, close).replaceAll('\n', ' '));
      copied = close;
    }
    start = close + 1;
  }
  return pieces.length === 0 ? text : pieces.join('') + text.slice(copied);
}

/** Returns the first line feed outside of quotes, or the text's end; null where a quote is not closed. */
function endOfRule(text: string, start: number): number | null {
  let at = start;
  while (true) {
    const end = endOfLine(text, at);
    const open = text.indexOf('"', at);
    if (open < 0 || open > end) return end;
    const close = closingQuote(text, open);
    if (close === null) return null;
    at = close + 1;
  }
}

/** A backslash in quotes keeps the next character. */
function closingQuote(text: string, open: number): number | null {
  for (let close = text.indexOf('"', open + 1); close >= 0; close = text.indexOf('"', close + 1)) {
    let slashes = 0;
    while (text[close - 1 - slashes] === '\\' && close - 1 - slashes > open) slashes++;
    if (slashes % 2 === 0) return close;
  }
  return null;
}

function endOfLine(text: string, start: number): number {
  const end = text.indexOf('\n', start);
  return end < 0 ? text.length : end;
}

/** Yields lines, each with the number of the first of those that quotes have joined. */
export function* numberedLines(text: string): Generator<{ line: number; raw: string }> {
  let line = 1;
  let offset = 0;
  for (const raw of joinQuotedLines(text).split('\n')) {
    yield { line, raw };
    const joined = raw.includes('"') ? text.slice(offset, offset + raw.length).split('\n').length : 1;
    line += joined;
    offset += raw.length + 1;
  }
}
