/** Walking through a value of unknown shape: each step knows where it is, and tells what is not as it should be. */
export interface Check {
  /** As `/runs/0/tool`. */
  at: string;
  value: unknown;
  report(problem: string): void;
}

/** A member of an object; undefined where there is no such member or no object. */
export function member({ at, value, report }: Check, name: string): Check {
  const object = typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  return { at: `${at}/${name}`, value: Object.hasOwn(object, name) ? object[name] : undefined, report };
}

export const list = ({ value }: Check): unknown[] => (Array.isArray(value) ? value : []);

/** The members of a list; complains when it is none. */
export function each(check: Check): Check[] {
  if (!Array.isArray(check.value)) check.report(`${check.at} is not a list`);
  return list(check).map((value, i) => ({ at: `${check.at}/${i}`, value, report: check.report }));
}

/** A string that is not empty, which would count as missing. */
export function text({ at, value, report }: Check, longest = Number.POSITIVE_INFINITY): string {
  if (typeof value !== 'string' || value.trim() === '') {
    report(`${at} must be a text that is not empty`);
    return '';
  }
  if (value.length > longest) report(`${at} is longer than ${longest}`);
  return value;
}

export function integer({ at, value, report }: Check, least: number): number {
  if (Number.isInteger(value) && (value as number) >= least) return value as number;
  report(`${at} must be a whole number from ${least}`);
  return -1;
}

export function oneOf({ at, value, report }: Check, words: (string | undefined)[]): void {
  if (!words.includes(value as string | undefined))
    report(`${at} must be one of ${words.filter(Boolean).join(', ')}`);
}
