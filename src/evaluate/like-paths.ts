/** Rules that may treat paths differently which are alike but for the addresses of their services and servers. */
import type { LoadedRule } from './rules/rules.ts';

type Conditions = Pick<LoadedRule, 'scope' | 'when' | 'assert' | 'noteWhen'>;

/** Tells whether any of the rules about paths compares these addresses with something. */
export const comparesAddresses = (rules: readonly Conditions[]): boolean =>
  rules.some(
    ({ scope, when, assert, noteWhen }) =>
      scope === 'path' && [when, assert, noteWhen].some((one) => one !== null && readsAddresses(one.text)),
  );

/** Whether there is a virtual address at all is the same of like paths. */
const readsAddresses = (text: string): boolean =>
  /\bpath\s*(?![\s\w.])|\bpath\.(vip|hops|doubts)\b|\bpath\.server\b(?!\.)|\baddress\b/.test(
    text.replace(/\bpath\.vip [!=]= ''/g, ''),
  );
