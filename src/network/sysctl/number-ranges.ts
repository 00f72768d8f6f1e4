/** Lists of numbers and ranges, as net.ipv4.ip_local_reserved_ports has them: `8080,30000-32767` (proc_do_large_bitmap). */
import { canonical, NUMBERS } from '../ranges.ts';

/** Returns one list with all that is in these; null where one of them is no such list. */
export function joinedRanges(lists: readonly string[]): string | null {
  const pairs = lists.flatMap((list) => list.split(',').filter((part) => part.trim() !== '')).map(rangeIn);
  const known = pairs.filter((pair) => pair !== null);
  if (known.length < pairs.length) return null;
  const ranges = canonical(NUMBERS, known);
  const parts: string[] = [];
  for (let i = 0; i < ranges.length; i += 2)
    parts.push(ranges[i] === ranges[i + 1] ? `${ranges[i]}` : `${ranges[i]}-${ranges[i + 1]}`);
  return parts.join(',');
}

function rangeIn(text: string): [number, number] | null {
  const [, first, last] = /^\s*(\d{1,10})(?:-(\d{1,10}))?\s*$/.exec(text) ?? [];
  if (first === undefined) return null;
  const [from, to] = [Number(first), Number(last ?? first)];
  return from <= to ? [from, to] : null;
}
