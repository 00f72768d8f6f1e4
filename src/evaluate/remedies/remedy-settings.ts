import sysctlBoot from '../../collectors/sysctl_boot.ts';
import { groupBy } from '../../grouped-by.ts';
import type { Answer, RuleInfo } from '../../model.ts';
import { isSameSysctlValue } from '../../network/sysctl/key.ts';
import { joinedRanges } from '../../network/sysctl/number-ranges.ts';
import type { Subject } from '../subjects.ts';
import type { BootLine, SettingChange, Wish } from './remedy.ts';

/** Combines the wishes of rules for a setting with its present value and that of the next boot. */
export function settingFrom(key: string, rules: readonly RuleInfo[], { facts }: Subject): SettingChange {
  const wishes = groupBy(
    rules.flatMap((rule) => wishesOf(key, rule)),
    (wish) => JSON.stringify(wish),
  ).map(([wish]) => wish);
  const [now, boot] = [presentValue(key, facts), bootOf(key, facts)];
  const removed = rules.every(({ fix }) => fix.removes?.includes(key) === true);
  return { key, value: settled(wishes, now, boot), removed, wishes, now, boot };
}

function wishesOf(key: string, { id, fix }: RuleInfo): Wish[] {
  const kinds = { exactly: fix.sysctl, atLeast: fix.atLeast, adds: fix.adds } as const;
  return (Object.keys(kinds) as Wish['kind'][]).flatMap((kind) => {
    const value = kinds[kind]?.[key];
    return value === undefined ? [] : [{ rule: id, value: String(value), kind }];
  });
}

/** Returns one value that suits everybody, or null. What is more than enough stays, and so does what a list has. */
function settled(wishes: readonly Wish[], now: Answer<string>, boot: SettingChange['boot']): string | null {
  const ofKind = (kind: Wish['kind']) =>
    wishes.filter((wish) => wish.kind === kind).map(({ value }) => value);
  if (wishes.length === 0) return null;
  const [exact, least, added] = [ofKind('exactly'), ofKind('atLeast').map(Number), ofKind('adds')];
  if (added.length > 0) {
    const [winner] = boot.ok ? boot.value : [];
    const present = [...(now.ok ? [now.value] : []), ...(winner === undefined ? [] : [winner.value])];
    return wishes.length === added.length ? joinedRanges([...present, ...added]) : null;
  }
  const [first] = exact;
  if (first === undefined) return String(Math.max(...least, now.ok ? wholeNumber(now.value) : 0));
  const agree = exact.every((value) => isSameSysctlValue(value, first));
  return agree && !(Number(first) < Math.max(...least)) ? first : null;
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

/** Returns the lines that set it at boot, as far as they are known. */
export function linesThatSet(key: string, { facts }: Pick<Subject, 'facts'>): readonly BootLine[] {
  const boot = bootOf(key, facts);
  return boot.ok ? boot.value : [];
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
