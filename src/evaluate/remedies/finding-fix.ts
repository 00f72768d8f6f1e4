/** Says which part of a rule's fix one subject needs, and what brings about there what the fix wants in force. */
import type { Fix } from '../../model.ts';
import { ipv4SettingKey } from '../../network/sysctl/key.ts';
import type { Expression } from '../expression/expression.ts';
import type { Facts } from '../facts/facts.ts';
import { SETTING_KEY } from '../rules/rule-shape.ts';
import type { LoadedRule } from '../rules/rules.ts';
import type { Subject } from '../subjects.ts';

type Known = Pick<Subject, 'facts' | 'context'>;

/** Returns null where it needs all of it. */
export function fixFor({ fix, fixConditions }: LoadedRule, subject: Known): Fix | null {
  const { interfaces, only } = fixConditions;
  const { interfaces: _wanted, sysctl, atLeast, adds, modules = [], removes = [], ...words } = fix;
  const isPart = (name: string) => isBuiltIn(name, subject);
  if (interfaces.length === 0 && only.size === 0 && !modules.some(isPart)) return null;
  const isNeeded = (name: string) => {
    const condition = only.get(name);
    return condition === undefined || answerOf(condition, subject) === true;
  };
  const needed = <V>(settings: Record<string, V> | undefined): Record<string, V> =>
    Object.fromEntries(Object.entries(settings ?? {}).filter(([key]) => isNeeded(key)));
  const settings = { ...needed(sysctl), ...interfaceSettings(interfaces, subject) };
  return {
    ...words,
    ...whereAny('sysctl', settings),
    ...whereAny('atLeast', needed(atLeast)),
    ...whereAny('adds', needed(adds)),
    ...whereAny(
      'modules',
      modules.filter((name) => isNeeded(name) && !isPart(name)),
    ),
    ...whereAny('removes', removes.filter(isNeeded)),
  };
}

/** Nobody can load what is part of the kernel, and a kernel without modules may have no modprobe either. */
export function isBuiltIn(name: string, { facts }: Pick<Subject, 'facts'>): boolean {
  const modules = facts.get('modules');
  return modules?.ok === true && (modules.parsed.value as { builtin: string[] }).builtin.includes(name);
}

function whereAny<K extends string, V extends object>(name: K, value: V): { [key in K]?: V } {
  return Object.keys(value).length === 0 ? {} : ({ [name]: value } as { [key in K]: V });
}

/** Undefined where it can't be told: what hangs on it is left to whoever reads the words. */
function answerOf(expression: Expression, { context }: Known): unknown {
  const result = expression.evaluate(context);
  return result.ok ? result.value : undefined;
}

function interfaceSettings(
  wanted: LoadedRule['fixConditions']['interfaces'],
  subject: Known,
): Record<string, number> {
  return Object.assign(
    {},
    ...wanted.map(({ setting, value, on }) => {
      const names = answerOf(on, subject);
      return Array.isArray(names) ? inForceOn(names.map(String), setting, value, subject.facts) : {};
    }),
  );
}

/**
 * Returns the settings that make a value the one in force on these interfaces, where that is the greater of `all` and
 * the interface's own (include/linux/inetdevice.h, IN_DEV_MAXCONF). Where `all` has to be lowered, others keep what it
 * gave them as their own.
 */
function inForceOn(
  names: readonly string[],
  setting: string,
  value: number,
  facts: Facts,
): Record<string, number> {
  const own = valuesOf(setting, facts);
  const all = own.get('all') ?? 0;
  const others = [...own].filter(([name]) => !['all', 'default', ...names].includes(name));
  const keep = all > value ? others.filter(([, now]) => now < all).map(([name]) => [name, all] as const) : [];
  const changes = [
    ...keep,
    ...(all > value ? [['all', value] as const] : []),
    ...names.filter((name) => own.get(name) !== value).map((name) => [name, value] as const),
  ];
  const settings = changes.map(([name, to]) => [ipv4SettingKey(name, setting), to] as const);
  // names of interfaces come from the host, and settings end in scripts
  return Object.fromEntries(settings.filter(([key]) => SETTING_KEY.test(key)));
}

/** The setting's value by the name of the interface, `all` and `default` among them. */
function valuesOf(setting: string, facts: Facts): Map<string, number> {
  const sysctl = facts.get('sysctl');
  const values = sysctl?.ok ? (sysctl.parsed.value as Record<string, unknown>) : {};
  return new Map(
    Object.entries(values).flatMap(([key, value]): [string, number][] => {
      const [, name] = /^net\.ipv4\.conf\.([^.]+)\.(\w+)$/.exec(key) ?? [];
      return name !== undefined && key.endsWith(`.${setting}`) && typeof value === 'number'
        ? [[name.replaceAll('/', '.'), value]]
        : [];
    }),
  );
}
