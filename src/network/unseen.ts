/**
 * The text that may stand in the place of one output of a fact, or at the end of one, as `unseen: ip rule was not
 * collected`: there may be something, and it was not looked at. The rest of the fact holds, and is not complete.
 */

export const unseen = (reason: string) => `unseen: ${reason}\n`;

/** The same where a program is not installed that would have shown it. */
export const unseenFor = (program: string, reason: string) => `unseen without ${program}: ${reason}\n`;

/** The same of a listing that has all there is of one IP version. */
export const unseenOf = (family: 4 | 6, reason: string) => `unseen of IPv${family}: ${reason}\n`;

/**
 * The form of that text; `unseen without nft: REASON` names the program that is not installed there, `unseen of IPv6:
 * REASON` the only IP version of which something is missing.
 */
const UNSEEN = /^unseen(?: without (\S+)| of IPv([46]))?: (.+)/;

/** The same, as the last line of an output. */
const REMARK = /^unseen(?: without \S+| of IPv[46])?: .+\n*$(?![\s\S])/m;

/** Returns the reason; null for an output. */
export const whyUnseen = (text: string | undefined) => UNSEEN.exec(text ?? '')?.[3] ?? null;

/** Returns an output without the remark at its end that it is not whole, and that remark. */
export function withoutRemark(text: string): { text: string; unseen: string | null } {
  const at = text.search(REMARK);
  return at < 0 ? { text, unseen: null } : { text: text.slice(0, at), unseen: whyUnseen(text.slice(at)) };
}

/** Returns the only IP version that the remark at the end of an output is about; null: it may be about both. */
export function familyUnseen(text: string): 4 | 6 | null {
  const at = text.search(REMARK);
  const family = at < 0 ? undefined : UNSEEN.exec(text.slice(at))?.[2];
  return family === undefined ? null : family === '4' ? 4 : 6;
}

/** Returns the program that would have shown it; null where none would, and for an output. */
export const unseenWithout = (text: string) => UNSEEN.exec(text)?.[1] ?? null;

/** Returns the outputs of a fact without those that were not looked at, and the reasons why they were not. */
export function seenOf<Name extends string>(texts: Record<Name, string | undefined>) {
  const entries = Object.entries<string | undefined>(texts);
  const unseen: { name: Name; reason: string }[] = [];
  const seen = entries.map(([name, text]) => {
    const { text: rest, unseen: reason } = withoutRemark(text ?? '');
    if (reason !== null) unseen.push({ name: name as Name, reason });
    return [name, reason !== null && rest === '' ? undefined : text && rest];
  });
  return {
    texts: Object.fromEntries(seen) as Record<Name, string | undefined>,
    unseen,
    why: Object.fromEntries(unseen.map(({ name, reason }) => [name, reason])) as Partial<
      Record<Name, string>
    >,
  };
}
