import type { MediumFile, Report } from '../../model.ts';
import { printable } from '../printable.ts';
import { hanging, type Page } from './page.ts';

const maxFiles = 20;

/** Lists what each pasted file was taken for, and what was left out of it: those with something left out first. */
export function pastedFiles({ hosts }: Report, page: Page): string[] {
  const files = hosts.flatMap(({ medium }) => medium?.files ?? []);
  if (files.length === 0) return [];
  const sorted = [...files.filter(isLeftOut), ...files.filter((file) => !isLeftOut(file))];
  const shown = page.all ? sorted : sorted.slice(0, maxFiles);
  const more = sorted.length - shown.length;
  return [
    page.paint('strong', 'Read from pasted files'),
    '',
    ...shown.flatMap((file) => entry(file, page)),
    ...(more > 0 ? [`  and ${more} more files, all of which were read (--all shows them)`] : []),
  ];
}

const isLeftOut = ({ leftOut }: MediumFile) => leftOut.length > 0;

function entry({ path, takenFor, leftOut }: MediumFile, page: Page): string[] {
  if (takenFor.length === 0)
    return hanging('  ', printable(`${path}: nothing was read: ${leftOut.join('; ')}`), page.width);
  return [
    ...hanging('  ', printable(`${path}: taken for ${takenFor.join(', ')}`), page.width),
    ...leftOut.flatMap((one) => hanging('      left out: ', printable(one), page.width)),
  ];
}
