import type { Answer } from '../../model.ts';
import type { Output } from './outputs.ts';

/**
 * Parses the time in `Wed Nov 25 18:41:16 UTC 2026`, `Wed 25 Nov 2026 06:41:16 PM UTC`, `Wed, 25 Nov 2026 19:41:16
 * +0100` (date -R), `2026-11-25T18:41:16+00:00` (date -Is). Null where the zone is no number and not UTC: other names
 * of zones mean several.
 */
export function timeIn(date: Answer<Output>): string | null {
  const text = date.ok ? date.value.text.trim() : '';
  const iso = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:[.,]\d+)?(Z|[+-]\d\d:?\d\d)$/.exec(text);
  if (iso) return inUtc(`${iso[1]}T${iso[2]}`, iso[3] ?? '');
  const zone = /(?<=\s)(UTC|GMT|Z|[+-]\d\d:?\d\d)(?=\s|$)/.exec(text)?.[1];
  const month = MONTHS.find((name) => new RegExp(`\\b${name}\\b`).test(text));
  const day = new RegExp(`(?:${month} +(\\d{1,2})\\b|\\b(\\d{1,2}) ${month}\\b)`).exec(text);
  const [, hour = '', minute, second, half] = /\b(\d{1,2}):(\d\d):(\d\d)(?: ([AP]M))?/.exec(text) ?? [];
  const year = /\b(\d{4})\b(?!:)/.exec(text.replace(/[+-]\d{4}/, ''))?.[1];
  if (zone === undefined || month === undefined || day === null || hour === '' || year === undefined)
    return null;
  const two = (value: number | string) => String(value).padStart(2, '0');
  const at = half === undefined ? Number(hour) : (Number(hour) % 12) + (half === 'PM' ? 12 : 0);
  const on = `${year}-${two(MONTHS.indexOf(month) + 1)}-${two(day[1] ?? day[2] ?? '')}`;
  return inUtc(`${on}T${two(at)}:${minute}:${second}`, zone);
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

function inUtc(time: string, zone: string): string | null {
  const offset = /^[+-]/.test(zone) ? zone.replace(/^(...)(\d\d)$/, '$1:$2') : 'Z';
  const at = Date.parse(`${time}${offset}`);
  return Number.isNaN(at) ? null : new Date(at).toISOString().replace('.000', '');
}
