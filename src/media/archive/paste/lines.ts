/** The lines of a paste without what terminals, mail programs and editors put around them. */

export interface PastedLine {
  text: string;
  /** The line of the file that it stands on. */
  line: number;
  /** True inside of quotes that a line above opens: whatever it looks like, it is of that line. */
  quoted?: true;
  /** True behind something that was left out: what it belongs to may have stood there. */
  unplaced?: true;
}

// ECMA-48: CSI sequences; OSC (a window's title), which BEL or ST ends; other escapes of two or three characters
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const ESCAPES = /\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[ -/]?[0-~]/g;
/** A byte order mark, and blanks without a width, which web pages put in to break lines. */
const INVISIBLE = /[\ufeff\u200b\u200e\u200f\u2060]/g;
const QUOTE_MARK = /^(?:[ \t]?>[ \t]?(?=>|[ \t]|\S|$))/;

/** Returns the lines of a text: as they are where nothing is around them. */
export function linesOfPaste(text: string): PastedLine[] {
  const rows = text.split('\n').map((row) => plain(row));
  const quoted = isQuoted(rows);
  return rows.map((row, i) => ({ text: quoted ? withoutQuoting(row) : row, line: i + 1 }));
}

function plain(row: string): string {
  // most lines have neither
  if (/^[\t -~]*$/.test(row)) return row.trimEnd();
  return row.replace(ESCAPES, '').replace(INVISIBLE, '').replaceAll('\u00a0', ' ').trimEnd();
}

/** Tells whether a mail quotes it: no output has lines that begin like this, and a diff has others beside them. */
function isQuoted(rows: readonly string[]): boolean {
  return rows.some((row) => /^ ?>/.test(row)) && !rows.some((row) => /^<(?: |$)/.test(row));
}

function withoutQuoting(row: string): string {
  let rest = row;
  for (let depth = 0; depth < 8 && QUOTE_MARK.test(rest); depth++) rest = rest.replace(/^[ \t]?>[ \t]?/, '');
  return rest;
}

/** A person's or a program's mark for what was left out: `[...]`, `...`, `<snip>`, the `--` of `grep -A`. */
const ELISION =
  /^(?:#|;|\/\/)?\s*(?:[[(<{]\s*)?(?:\.{2,}|…|-*\s*(?:snip(?:ped)?|cut|truncated|omitted|elided|redacted|removed|more)\s*-*|\d+ (?:more )?lines? (?:omitted|truncated|skipped|removed).*|(?:\.{2,}|…).*(?:\.{2,}|…)|output (?:omitted|truncated).*)(?:\s*[\])>}])?$|^--$|^--More--|^\(END\)$/i;

export const isElision = (text: string) => text.length < 120 && ELISION.test(text.trim());

/** Tells whether something was left out within a line: `-A KUBE-SERVICES -d 10.96.0.1/32 ... -j DNAT`. */
export const hasElision = (text: string) =>
  /\.{3}|…|<snip>/.test(text) &&
  /(?:^|\s)(?:\[?(?:\.{3,}|…)\]?|<snip>)(?:\s|$)|…$/.test(text.replace(/"[^"]*"/g, '""'));

const NOISE: readonly RegExp[] = [
  /^\[sudo\] password for |^Password:\s*$|^sudo: (?:unable to resolve host|setrlimit)/,
  // the lecture of sudo 1.9, plugins/sudoers/prompt.c, and those of older versions
  /^We trust you have received the usual lecture from the local System|^Administrator\. It usually boils down to these three things:/,
  /^\s*#[123]\) (?:Respect the privacy|Think before you type|With great power)/,
  /^For security reasons, the password you type will not be visible/,
  /^Last login: |^Last failed login: |^There (?:was|were) \d+ failed login attempt|^You have (?:new )?mail/,
  /^Warning: Permanently added |^Connection to \S+ closed|^(?:logout|exit)$|^Pseudo-terminal will not be allocated/,
  /^(?:-?\w+: )?warning: setlocale: |^perl: warning: |^mesg: ttyname failed|^stdin: is not a tty/,
  /^(?:Script (?:started|done)(?: on|,| ))/,
];

/** Tells whether a line tells nothing of the host, and comes beside outputs all the time. */
export const isNoise = (text: string) => NOISE.some((pattern) => pattern.test(text));

/** Messages of programs about things that are not there: neither an output nor a reason to doubt the rest of it. */
const MESSAGES: readonly RegExp[] = [
  // what a kernel does not have, it does not list
  /^(?:sysctl|error): (?:cannot stat \/proc\/sys\/|"[\w./*-]+" is an unknown key|'[\w./*-]+' is an unknown key)/,
  /^sysctl: unable to open directory /,
];

export const isMessage = (text: string) => MESSAGES.some((pattern) => pattern.test(text));
