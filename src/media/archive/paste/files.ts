/** The files of a paste, each split into what it holds. */
import type { FileTree } from '../../../define.ts';
import { shortcomingOf, withoutLookups } from './limits-of-forms.ts';
import { isMessage } from './lines.ts';
import type { PastedSection } from './pasted-section.ts';
import { withPortNumbers } from './port-names.ts';
import { outputKind } from './recognise.ts';
import { type OutputSection, sectionsIn } from './sections.ts';

/** A file of the host that somebody printed: `cat /etc/sysctl.conf`. */
export interface CopiedFile {
  /** Its path on the host. */
  path: string;
  text: string;
  /** The reason why it may lack something. */
  doubts: string[];
}

/** Lines of a file that were taken for nothing. */
export interface LeftOut {
  first: number;
  last: number;
  why: string;
}

export interface PastedFile {
  origin: string;
  sections: PastedSection[];
  copies: CopiedFile[];
  leftOut: LeftOut[];
  text: string;
  /** The reason why it could not be read at all. */
  unread: string | null;
}

export const joinPath = (folder: string, name: string) => `${folder === '/' ? '' : folder}/${name}`;

/** Lists the files of a folder. What can't be read is among them, with the reason, and the folder itself where it can't. */
export function filesIn(tree: FileTree, folder: string, path: string): PastedFile[] {
  const names = tree.list(folder);
  if (!names.ok) return [unreadFile(path, names.reason)];
  return names.value.flatMap((name) => {
    const at = joinPath(folder, name);
    const inner = tree.list(at);
    if (inner.ok) return [];
    const origin = `${path}/${name}`;
    const text = tree.read(at);
    if (text.ok) return fileOf(name, origin, text.value);
    return unreadFile(origin, inner.problem === 'absent' ? text.reason : inner.reason);
  });
}

const unreadFile = (origin: string, unread: string): PastedFile => ({
  origin,
  sections: [],
  copies: [],
  leftOut: [],
  text: '',
  unread,
});

function fileOf(name: string, origin: string, text: string): PastedFile {
  const { sections, strays, beyond, isPure } = sectionsIn(text, name.replace(/\.(?:txt|log|out|md)$/, ''));
  const file: PastedFile = { origin, sections: [], copies: [], leftOut: [], text, unread: null };
  for (const section of sections) {
    const copied = copiedTo(section, name);
    const numeric = withoutLookups(withPortNumbers(section));
    const kind = numeric.rows.some((row) => row.text !== '') ? outputKind(numeric) : null;
    if (copied !== null)
      file.copies.push({ path: copied, text: onTheirLines(section), doubts: section.doubts });
    else if (kind === null) file.leftOut.push({ ...linesOf(section), why: '' });
    else if (isOfFile(section, name))
      file.leftOut.push({
        ...linesOf(section),
        why: 'settings of a file, and not of the kernel: copy it to etc/sysctl.d',
      });
    else {
      const lacks = shortcomingOf(numeric);
      const doubts = [...numeric.doubts, ...(lacks === null ? [] : [lacks])];
      const isPrinted = isPure && numeric.rows.every((row, i) => row === section.rows[i]);
      const whole = isPrinted
        ? text
            .split('\n')
            .map((row) => row.trimEnd())
            .join('\n')
        : null;
      file.sections.push({ ...numeric, doubts, kind, origin, whole });
    }
  }
  for (const { line, text: row } of strays) {
    const why = isMessage(row) ? 'a message of the command' : UNKNOWN;
    const last = file.leftOut.at(-1);
    if (last?.why === why && last.last === line - 1) last.last = line;
    else file.leftOut.push({ first: line, last: line, why });
  }
  if (beyond !== null)
    file.leftOut.push({
      first: beyond,
      last: text.split('\n').length,
      why: 'not looked at, after so much of no output',
    });
  return file;
}

const UNKNOWN = 'nothing that twlint knows';

const linesOf = ({ rows }: OutputSection) => ({
  first: rows[0]?.line ?? 0,
  last: rows.findLast(({ text }) => text !== '')?.line ?? 0,
});

/** Returns the path of the file whose content a section is; null for an output. */
function copiedTo({ form, command }: OutputSection, name: string): string | null {
  const path = /^(?:cat|less|more|sudoedit|vi|vim)\s+(\/etc\/\S+)$/.exec(command ?? '')?.[1];
  if (form === 'keepalived.conf') return path ?? '/etc/keepalived/keepalived.conf';
  if (form === 'sysctl' && path !== undefined && /^\/etc\/sysctl\.(?:conf|d\/)/.test(path)) return path;
  return form === 'sysctl' && name === 'sysctl.conf' ? '/etc/sysctl.conf' : null;
}

/** Tells whether settings are those that a file would make. */
const isOfFile = ({ form, command }: OutputSection, name: string) =>
  form === 'sysctl' &&
  (/\.conf$/.test(name) ||
    /^(?:z?[ef]?grep|cat|less|head|tail)\b.*\s\/(?:etc|usr|run|lib)\//.test(command ?? ''));

/** Returns a text whose lines stand where they stand in the paste. */
function onTheirLines({ rows }: OutputSection): string {
  const last = rows.at(-1)?.line ?? 0;
  const at = new Map(rows.map(({ line, text }) => [line, text]));
  return `${Array.from({ length: last }, (_, i) => at.get(i + 1) ?? '').join('\n')}\n`;
}
