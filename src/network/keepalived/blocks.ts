import type { ConfLine } from './lines.ts';

/** A keyword, its arguments, and the lines in its braces. */
export interface Block {
  keyword: string;
  args: string[];
  blocks: Block[];
  file: string;
  line: number;
}

/** Makes blocks of braces. One too many closes nothing; one that is missing is reported. */
export function parseBlocks(lines: readonly ConfLine[]): { blocks: Block[]; doubts: string[] } {
  const top: Block = { keyword: '', args: [], blocks: [], file: '', line: 0 };
  const open = [top];
  const doubts: string[] = [];
  for (const { tokens, file, line } of lines) {
    const [keyword = '', ...args] = tokens;
    const above = open.at(-1) ?? top;
    if (keyword === '{') open.push(above.blocks.at(-1) ?? above);
    else if (keyword !== '}') above.blocks.push({ keyword, args, blocks: [], file, line });
    else if (open.length > 1) open.pop();
    else doubts.push(`${file}:${line}: a } too many`);
  }
  const [, unclosed] = open;
  if (unclosed !== undefined) doubts.push(`${unclosed.file}:${unclosed.line}: the brace does not close`);
  return { blocks: top.blocks, doubts };
}

/** Returns the last block of a keyword; undefined where there is none. */
export function find(blocks: readonly Block[], ...keywords: string[]): Block | undefined {
  return blocks.findLast(({ keyword }) => keywords.includes(keyword));
}

/** Returns the first token after the keyword, as a number; the default where it is absent or is no number. */
export function numberOf(blocks: readonly Block[], keywords: readonly string[], otherwise: number): number {
  const text = find(blocks, ...keywords)?.args[0];
  const number = text === undefined ? Number.NaN : Number(text);
  return Number.isFinite(number) ? number : otherwise;
}

/** `keyword`, `keyword on`, `keyword true`: yes. `keyword off`: no. */
export function isOn(blocks: readonly Block[], keyword: string, otherwise = false): boolean {
  const found = find(blocks, keyword);
  return found === undefined ? otherwise : !['off', 'no', 'false'].includes(found.args[0] ?? '');
}
