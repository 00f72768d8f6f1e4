import sysctlBoot from '../../collectors/sysctl_boot.ts';
import type { Answer, RuleInfo } from '../../model.ts';
import { isSameSysctlValue } from '../../network/sysctl/key.ts';
import type { Subject } from '../subjects.ts';
import type { SettingChange, Wish } from './remedy.ts';

/** Combines the wishes of rules for a setting with its present value and that of the next boot. */
export function settingFrom(key: string, rules: readonly RuleInfo[], { facts }: Subject): SettingChange {
  const wishes = rules.flatMap((rule) => wishesOf(key, rule));
  const now = presentValue(key, facts);
  return { key, value: resolveValue(wishes, now), wishes, now, boot: bootOf(key, facts) };
}

function wishesOf(key: string, { id, fix }: RuleInfo): Wish[] {
  const [value, least] = [fix.sysctl?.[key], fix.atLeast?.[key]];
  return [
    ...(value === undefined ? [] : [{ rule: id, value: String(value), atLeast: false }]),
    ...(least === undefined ? [] : [{ rule: id, value: String(least), atLeast: true }]),
  ];
}

/** Returns one value that suits everybody, or null. What is more than enough stays. */
function resolveValue(wishes: readonly Wish[], now: Answer<string>): string | null {
  const exact = wishes.filter(({ atLeast }) => !atLeast).map(({ value }) => value);
  const least = Math.max(...wishes.filter(({ atLeast }) => atLeast).map(({ value }) => Number(value)));
  const [first] = exact;
  if (first === undefined) return String(Math.max(least, now.ok ? wholeNumber(now.value) : 0));
  return exact.every((value) => isSameSysctlValue(value, first)) && !(Number(first) < least) ? first : null;
}

/** Parses a number. A host may send anything: 0 is less than whatever is asked for. */
function wholeNumber(text: string): number {
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : 0;
}

function presentValue(key: string, facts: Subject['facts']): Answer<string> {
  const sysctl = facts.get('sysctl');
  if (sysctl === undefined || !sysctl.ok)
    return sysctl ?? { ok: false, problem: 'unsupported', reason: 'it was not collected' };
  const values = sysctl.parsed.value as Record<string, unknown>;
  if (Object.hasOwn(values, key)) return { ok: true, value: String(values[key]) };
  const reason = sysctl.parsed.unreadable?.[key] ?? sysctl.parsed.partial;
  return reason === undefined
    ? { ok: false, problem: 'absent', reason: 'the kernel does not show it' }
    : { ok: false, problem: 'denied', reason };
}

type Boot = ReturnType<typeof sysctlBoot.fact>['value'];

/** Returns the line that wins, then those that it overrides. */
function bootOf(key: string, facts: Subject['facts']): SettingChange['boot'] {
  const fact = facts.get(sysctlBoot.id);
  if (fact === undefined || !fact.ok)
    return fact ?? { ok: false, problem: 'unsupported', reason: 'it was not collected' };
  const { settings, overridden } = fact.parsed.value as Boot;
  const [winner] = [fact.parsed.lines?.[key] ?? []].flat();
  const value = Object.hasOwn(settings, key) ? settings[key] : undefined;
  const lines = [
    ...(value !== undefined && winner !== undefined
      ? [{ file: winner.origin, line: winner.line, value }]
      : []),
    ...overridden
      .filter((setting) => setting.key === key)
      .map(({ place, value }) => {
        const colon = place.lastIndexOf(':');
        return { file: place.slice(0, colon), line: Number(place.slice(colon + 1)), value };
      }),
  ];
  const { partial } = fact.parsed;
  if (lines.length === 0 && partial !== undefined) return { ok: false, problem: 'denied', reason: partial };
  return { ok: true, value: lines };
}
