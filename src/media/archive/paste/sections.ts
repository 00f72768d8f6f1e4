/** Splits a pasted text into outputs: at prompts, headings and fences, and where lines begin to look otherwise. */
import { cutBy, headingIn, promptIn, whereaboutsOf } from './commands.ts';
import { type OpenExtent, openAfter } from './extent.ts';
import { FORMS, type Form, type FormName } from './forms.ts';
import { isEntry, isOfWhatWasLeftOut, withoutLastService } from './gaps.ts';
import { hasElision, isElision, isMessage, isNoise, linesOfPaste, type PastedLine } from './lines.ts';
import { isUnended } from './unended.ts';
import { asSetting, valueIn } from './values.ts';

/** The state of the shell that an output was printed in, as far as it is known. */
interface Shell {
  /** The command, or what the file's name stands for. */
  command: string | null;
  /** The host that the prompt names. */
  host: string | null;
  /** The namespace that the command was run in; null: that of the shell. */
  namespace: string | null;
  /** The command that led to another place, as `docker exec`. */
  elsewhere: string | null;
}

/** Lines of one form, as they would be without what is around them. */
export interface OutputSection extends Shell {
  form: FormName | 'hostname';
  rows: PastedLine[];
  /** The reason why lines of it may be missing: `line 7: something was left out`. */
  doubts: string[];
}

export interface PastedText {
  sections: OutputSection[];
  /** The lines that were taken for nothing, in order. */
  strays: PastedLine[];
  /** The first line that was not looked at, as too much before it is of no output; null: all were. */
  beyond: number | null;
  /** True where the text is one output and nothing else. */
  isPure: boolean;
}

interface Current {
  section: OutputSection;
  form: Form | null;
  indent: string;
  open: OpenExtent | null;
  /** The first row of what is open. */
  from: number;
  /** The number of the last line that is not blank. */
  last: number;
  /** A line that fits nothing, and came after those that fit. */
  astray: number | null;
  /** The braces that are open in what is passed over; null: nothing is, as all that was above is to be seen. */
  headless: number | null;
}

/** @param name the file's, without its ending */
export function sectionsIn(text: string, name: string): PastedText {
  const rows = linesOfPaste(text);
  const raw = text.split('\n');
  const sections: OutputSection[] = [];
  const strays: PastedLine[] = [];
  const ofFile: Shell = { command: name.replaceAll('_', ' '), host: null, namespace: null, elsewhere: null };
  // outputs begin with their first line, and some lines of them end in a blank
  let touched = rows[0]?.text === '' || rows.some((row, i) => row.text !== raw[i]?.trimEnd());
  let shell = ofFile;
  let seen = 0;
  let current: Current | null = null;
  let elided: number | null = null;
  let odd = 0;
  let beyond: number | null = null;

  const begin = (form: Form | null, of: OutputSection['form'], row: PastedLine): Current => {
    const indent = form === null ? '' : (/^\s*/.exec(row.text)?.[0] ?? '');
    touched ||= indent !== '';
    const cut = shell === ofFile ? cutByName(name) : cutBy(shell.command);
    const doubts = [
      ...(cut === null ? [] : [cut]),
      ...(elided === null ? [] : [`line ${elided}: something was left out`]),
    ];
    const section = { ...shell, form: of, rows: [], doubts };
    sections.push(section);
    return { section, form, indent, open: null, from: 0, last: row.line, astray: null, headless: null };
  };
  const end = () => {
    if (current?.open) {
      const { section, form, from } = current;
      section.doubts.push('it is cut off before its end');
      // half a block tells other than the whole
      if (form?.extent === 'conf' || form?.extent === 'nft')
        for (const row of section.rows.splice(from)) strays.push(row);
      touched = true;
    }
    current = null;
  };
  const add = (to: Current, row: PastedLine, at: number) => {
    if (to.astray !== null) to.section.doubts.push(`line ${to.astray} is not understood`);
    const plain = unindented(row, to.indent);
    if (/^\*\w+$/.test(row.text)) to.headless = null;
    const shown: PastedLine = {
      ...plain,
      ...(to.open?.quoted && { quoted: true as const }),
      ...(to.headless !== null && { unplaced: true as const }),
    };
    // blank lines between lines of one output are of whoever pasted it; rulesets are printed with some
    touched ||= to.open === null && to.section.form !== 'iptables -L' && to.section.rows.at(-1)?.text === '';
    to.section.rows.push(to.section.form === 'sysctl' ? { ...shown, text: asSetting(shown.text) } : shown);
    if (to.form?.extent) {
      const open = openAfter(to.open, to.form.extent, rows, at);
      if (to.open === null && open !== null) to.from = to.section.rows.length - 1;
      to.open = open;
    }
    Object.assign(to, { last: row.line, astray: null });
  };
  const cut = (to: Shell) => {
    end();
    [shell, seen, elided, touched] = [to, 0, null, true];
  };

  for (const [at, row] of rows.entries()) {
    const now = current as Current | null;
    if (now?.open?.quoted || (now && isSurelyOf(now, row.text))) {
      add(now, row, at);
      continue;
    }
    if (row.text === '') {
      now?.section.rows.push(row);
      continue;
    }
    if (isElision(row.text) || (hasElision(row.text) && !/^\s*#/.test(row.text))) {
      if (elided !== row.line - 1) now?.section.doubts.push(`line ${row.line}: something was left out`);
      if (now && (isElision(row.text) || isEntry(now.form, unindented(row, now.indent).text))) {
        now.headless ??= 0;
        strays.push(...withoutLastService(now.section));
      }
      [elided, touched] = [row.line, true];
      if (odd++ <= MOST_ODD) continue;
      beyond = row.line;
      break;
    }
    const prompt = promptIn(row.text);
    if (now && prompt === null && isOfWhatWasLeftOut(now, unindented(row, now.indent).text)) {
      strays.push(row);
      continue;
    }
    if (now?.open && prompt === null) {
      add(now, row, at);
      continue;
    }
    if (/^\s*(?:`{3,}|~{3,})/.test(row.text)) {
      // what a fence begins with belongs to the heading above
      if (seen > 0) cut(ofFile);
      touched = true;
      continue;
    }
    const command = prompt?.command ?? headingIn(row.text);
    if (command !== null) {
      cut({ ...whereaboutsOf(command), host: prompt?.host ?? null });
      continue;
    }
    const value = valueIn(shell.command, row.text, seen++);
    if (value !== null) {
      if (now?.section.form !== value.form) current = begin(null, value.form, row);
      current?.section.rows.push({ text: value.text, line: row.line });
      touched = true;
      continue;
    }
    if (now?.form?.goesOn.test(unindented(row, now.indent).text)) {
      add(now, row, at);
      continue;
    }
    const trimmed = row.text.trimStart();
    const form = FORMS.find(({ begins }) => begins.test(trimmed));
    if (form) {
      if (form !== now?.form || form.goesOn.source === '(?!)') {
        end();
        current = begin(form, form.name, row);
      }
      add(current as unknown as Current, row, at);
      continue;
    }
    touched = true;
    if (odd++ > MOST_ODD) {
      beyond = row.line;
      now?.section.doubts.push(`what follows line ${row.line} was not looked at`);
      break;
    }
    if (isNoise(row.text)) continue;
    strays.push(row);
    if (now && isEntry(now.form, unindented(row, now.indent).text)) now.headless ??= 0;
    if (isMessage(row.text)) continue;
    // a sentence is many lines, and one doubt
    if (now && row.line === now.last + 1 && now.section.doubts.length < MOST_DOUBTS)
      now.section.doubts.push(`line ${row.line} is not understood`);
    else if (now) now.astray ??= row.line;
    if (now) now.last = row.line;
  }
  const last = current as Current | null;
  const lastRow = last?.section.rows.at(-1);
  if (last && lastRow && !endsALine(text)) {
    const isLost = isUnended(last.section.form, last.section.rows, last.open !== null);
    last.section.doubts.push(
      isLost ? `line ${lastRow.line} is cut off` : `line ${lastRow.line} has no end: more may be missing`,
    );
    if (isLost) strays.push(...last.section.rows.splice(-1));
    touched ||= isLost;
  }
  end();
  strays.sort((a, b) => a.line - b.line);
  return { sections, strays, beyond, isPure: sections.length === 1 && strays.length === 0 && !touched };
}

/** The number of lines of no output that are looked at: logs are long. */
const MOST_ODD = 50_000;
const MOST_DOUBTS = 20;

/** Tells of the lines that rulesets and settings have by the thousand, without looking whether they are something else. */
const isSurelyOf = ({ form, indent, open }: Current, text: string) =>
  open === null &&
  indent === '' &&
  COMMON.test(text) &&
  form?.goesOn.test(text) === true &&
  !/\.{3}|…|<snip>/.test(text);

const COMMON = /^(?:\[\d+:\d+\] ?)?-A |^[a-z]+\.[\w./-]+ ?=/;

const endsALine = (text: string) => text.slice(text.trimEnd().length).includes('\n');

/** Tells of a name like `sysctl_-a_grep_rp_filter` that it is a part. */
const cutByName = (name: string) =>
  /(?:^|[^A-Za-z])(?:grep|egrep|head|tail|awk)(?:[^A-Za-z]|$)/.test(name)
    ? `${name} shows a part, by its name`
    : null;

function unindented(row: PastedLine, indent: string): PastedLine {
  if (indent === '') return row;
  const own = /^\s*/.exec(row.text)?.[0] ?? '';
  return { ...row, text: row.text.slice(Math.min(own.length, indent.length)) };
}
