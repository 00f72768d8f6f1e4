/** The lines around something that was left out of a paste: what they belong to may have stood there. */
import type { OpenExtent } from './extent.ts';
import type { Form } from './forms.ts';
import type { PastedLine } from './lines.ts';

/** The input, as far as it matters here. */
interface Gapped {
  form: Form | null;
  open: OpenExtent | null;
  /** The braces that are open in what is passed over; null: nothing is, as all that was above is to be seen. */
  headless: number | null;
}

export const isEntry = (form: Form | null, text: string) => form?.entry?.test(text) === true;

/**
 * Tells of a line below something that was left out whether it may belong to that: in a listing up to the next entry,
 * within braces up to the one that closes what is open.
 */
export function isOfWhatWasLeftOut(now: Gapped, text: string): boolean {
  const { form, headless, open } = now;
  if (headless === null) return false;
  if (form?.entry) {
    if (isEntry(form, text)) now.headless = null;
    return now.headless !== null && form.goesOn.test(text);
  }
  if (open === null || form?.extent !== 'nft') return false;
  const depth = headless + text.split('{').length - text.split('}').length;
  now.headless = depth < 0 ? null : depth;
  return depth >= 0;
}

/** Takes the last service of IPVS out of a section, and returns its lines: with less servers, it would be another. */
export function withoutLastService({ form, rows }: { form: string; rows: PastedLine[] }): PastedLine[] {
  const at = form === 'ip_vs' ? rows.findLastIndex(({ text }) => /^(?:TCP|UDP|SCTP|FWM) /.test(text)) : -1;
  return at < 0 ? [] : rows.splice(at);
}
