import type { Answer } from '../../model.ts';
import type { Output } from './outputs.ts';

/**
 * Parses the time in `Wed Nov 25 18:41:16 UTC 2026`. Null where the zone is not UTC: other names of zones mean several.
 */
export function timeIn(date: Answer<Output>): string | null {
  if (!date.ok || !/ (UTC|GMT) /.test(date.value.text)) return null;
  const time = Date.parse(date.value.text.trim());
  return Number.isNaN(time) ? null : new Date(time).toISOString().replace('.000', '');
}
