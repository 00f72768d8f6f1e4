/**
 * Lines and arguments of ssh_config(5), as OpenSSH 9.2 splits them (readconf.c `process_config_line_depth`; misc.c
 * `argv_split`, `strdelim`). Pure.
 */
import { UserError } from '../../errors.ts';
import type { Source } from '../../model.ts';

/** A keyword and the arguments that follow it. */
export interface ConfigLine {
  /** The keyword, in lower case. */
  keyword: string;
  /** The arguments without quotes, escapes and comment. */
  args: string[];
  /** The arguments as they stand: a command keeps its quotes. */
  rest: string;
  place: Source;
}

/** The keywords whose argument is a command, in which a quote need not be closed. */
const COMMANDS = new Set(['proxycommand', 'localcommand', 'remotecommand', 'knownhostscommand', 'match']);

/** Splits a file's text; mistakes go to `errors`. */
export function configLines(text: string, file: string, errors: UserError[]): ConfigLine[] {
  return text.split('\n').flatMap((line, index) => {
    const trimmed = line.replace(/[ \t\r\f]+$/, '');
    const start = trimmed.search(/[^ \t]/);
    if (start < 0 || trimmed[start] === '#') return [];
    return configLine(trimmed.slice(start), { file, line: index + 1, column: start + 1 }, errors) ?? [];
  });
}

/** Parses one option; null after a mistake. */
export function configLine(text: string, place: Source, errors: UserError[]): ConfigLine | null {
  // HostName lb-1.example.com    Port=2222    "Port" = 2222
  const [, quoted, plain, rest] =
    /^(?:"([^"]*)"|([^ \t="]+))(?:[ \t]*=[ \t]*|[ \t]+)?(.*)$/s.exec(text) ?? [];
  const keyword = (quoted ?? plain ?? '').toLowerCase();
  const refuse = (message: string) => {
    errors.push(new UserError(message, { source: place }));
    return null;
  };
  if (keyword === '' || rest === undefined) return refuse('no keyword stands here');
  if (rest === '') return refuse(`${plain ?? keyword}: its value is missing`);
  const args = configTokens(rest);
  if (args === null && !COMMANDS.has(keyword)) return refuse(`${plain ?? keyword}: a quote is not closed`);
  return { keyword, args: args ?? [], rest: rest.replace(/^[ \t=]+/, ''), place };
}

/** Splits the arguments up to a comment; null where a quote is not closed. */
function configTokens(text: string): string[] | null {
  const tokens: string[] = [];
  let at = 0;
  while (at < text.length && text[at] !== '#') {
    if (text[at] === ' ' || text[at] === '\t') {
      at++;
      continue;
    }
    const token = readToken(text, at);
    if (token === null) return null;
    tokens.push(token.text);
    at = token.end;
  }
  return tokens;
}

function readToken(text: string, start: number): { text: string; end: number } | null {
  let token = '';
  let quote: string | null = null;
  let at = start;
  for (; at < text.length; at++) {
    const character = text.charAt(at);
    const next = text[at + 1];
    if (character === '\\' && isEscaped(next, quote)) {
      token += next;
      at++;
    } else if (quote === null && (character === ' ' || character === '\t')) break;
    else if (quote === null && (character === '"' || character === "'")) quote = character;
    else if (character === quote) quote = null;
    else token += character;
  }
  return quote === null ? { text: token, end: at } : null;
}

const isEscaped = (next: string | undefined, quote: string | null) =>
  next === '"' || next === "'" || next === '\\' || (next === ' ' && quote === null);
