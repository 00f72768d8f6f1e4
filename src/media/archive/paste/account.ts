/** The account of a paste: what each file was taken for, and what was left out of it. */
import type { MediumFile } from '../../../model.ts';
import { tablesIn } from './chains.ts';
import type { LeftOut, PastedFile } from './files.ts';
import { otherOutput } from './others.ts';
import type { Joined, PastedSection } from './pasted-section.ts';
import { commandOf } from './printed-by.ts';

/** The reason why nothing was read from a file that nobody knows. */
export const NO_OUTPUT = 'no output that twlint knows';

export function accountOf(files: readonly PastedFile[], left: Joined['left']): MediumFile[] {
  const unused = new Map(left.map(({ section, why }) => [section, why]));
  return files.map((file) => {
    const taken = file.sections.filter((section) => !unused.has(section));
    const leftOut = [
      ...file.leftOut,
      ...file.sections.flatMap((section) => {
        const why = unused.get(section);
        return why === undefined ? [] : [{ ...linesIn(section), why: `${nameOf(section)}: ${why}` }];
      }),
    ].sort((a, b) => a.first - b.first);
    const takenFor = [...taken.map((section) => nameOf(section)), ...file.copies.map(({ path }) => path)];
    return {
      path: file.origin,
      takenFor: [...new Set(takenFor)],
      leftOut: takenFor.length === 0 ? [whyNothing(file, leftOut)] : leftOut.map((one) => shown(one, file)),
    };
  });
}

const linesIn = ({ rows }: PastedSection) => {
  const filled = rows.filter(({ text }) => text !== '');
  return { first: filled[0]?.line ?? 0, last: filled.at(-1)?.line ?? 0 };
};

function shown({ first, last, why }: LeftOut, { text }: PastedFile): string {
  const where = first === last ? `line ${first}` : `lines ${first}-${last}`;
  if (why !== '') return `${where}: ${why}`;
  const known = otherOutput(
    text
      .split('\n')
      .slice(first - 1, last)
      .join('\n'),
  );
  return known === null ? `${where}: nothing that twlint knows` : `${where}: ${known.what}: ${known.hint}`;
}

/** The reason why nothing was read from a file at all. */
function whyNothing({ text, unread }: PastedFile, leftOut: readonly LeftOut[]): string {
  if (unread !== null) return unread;
  if (text.trim() === '') return 'it is empty, and no rules and no answer look alike';
  const reasoned = leftOut.find(({ why }) => why !== '' && why !== 'nothing that twlint knows');
  if (reasoned !== undefined) return reasoned.why;
  if (/^(?:-?\w+: )*(?:line \d+: )?\S+: (?:command )?not found$/m.test(text.slice(0, 1000)))
    return 'its command was not found there';
  if (text.includes('\u0000') || text.startsWith('\ufffd\ufffd')) return 'it is no text in UTF-8';
  const known = otherOutput(text.replaceAll('\r', ''));
  return known === null ? NO_OUTPUT : `${known.what}: ${known.hint}`;
}

/** Names an output by the command that prints it so. */
function nameOf(section: PastedSection): string {
  const { kind, form, namespace } = section;
  const isListed = form === 'iptables -L' || form === 'iptables -S';
  const tables = isListed ? tablesIn(section).flatMap(({ table }) => table ?? []) : [];
  const within = namespace === null ? '' : ` in namespace ${namespace}`;
  return `${(tables.length === 0 ? [null] : tables).map((table) => commandOf(kind, form, table)).join(', ')}${within}`;
}
