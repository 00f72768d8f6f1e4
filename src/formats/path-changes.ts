/** Prints what becomes of packets otherwise than before: lines for each cause. */
import type { PathChange } from '../compare/path-changes.ts';

export const PATH_CHANGE_TITLES: Record<PathChange['kind'], string> = {
  stops: 'Packets that do not arrive any more',
  starts: 'Packets that begin to arrive',
  server: 'Packets that end elsewhere',
  source: 'Packets that come from another source',
  way: 'Packets that leave another way',
  undecided: 'Packets of which it can not be told',
};

export function pathChangeLines(change: PathChange): string[] {
  const { id, before, after, packets, more, doubts } = change;
  return [
    `${id}  ${pairsText(change)}`,
    ...(before === null ? [] : [`  - ${before}`]),
    ...(after === null ? [] : [`  + ${after}`]),
    ...packets.flatMap((moved) => [
      `  ${moved.packets}`,
      `      sent by  ${someOf(moved.from)}`,
      `      before   ${moved.before.join('; or ')}`,
      `      after    ${moved.after.join('; or ')}`,
    ]),
    ...(more > 0 ? [`  and ${more} more`] : []),
    ...doubts.map((reason) => `  not known: ${reason}`),
  ];
}

export const pairsText = ({ pairs }: PathChange): string =>
  `${pairs === 1 ? 'one pair' : `${pairs} pairs`} of sender and packets`;

export const someOf = (names: readonly string[]): string =>
  names.length > 6 ? `${names.slice(0, 6).join('; ')} and ${names.length - 6} more` : names.join('; ');
