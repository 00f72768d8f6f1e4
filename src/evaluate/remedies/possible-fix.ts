/** Tells which fixes a rule can have, whatever the subject: a fix from elsewhere ends in scripts, too. */
import { isDeepStrictEqual } from 'node:util';
import type { Fix } from '../../model.ts';
import { SETTING_KEY } from '../rules/rule-shape.ts';
import type { LoadedRule } from '../rules/rules.ts';

/** Tells whether it is the rule's fix, or the part of it that `fixFor` makes for some subject. */
export function mayBeFixOf({ fix }: Pick<LoadedRule, 'fix'>, given: Fix): boolean {
  const { interfaces = {}, sysctl, atLeast, adds, modules, removes, ...words } = fix;
  const { sysctl: settings = {}, ...rest } = given;
  const { atLeast: least, adds: added, modules: loaded = [], removes: removed = [], ...said } = rest;
  return (
    isDeepStrictEqual({ ...said }, words) &&
    Object.entries(settings).every(
      ([key, value]) => isIn(sysctl, key, value) || isOfInterface(interfaces, key, value),
    ) &&
    isPartOf(least, atLeast) &&
    isPartOf(added, adds) &&
    loaded.every((name) => modules?.includes(name)) &&
    removed.every((name) => removes?.includes(name))
  );
}

type Settings = Readonly<Record<string, number | string>> | undefined;

const isIn = (settings: Settings, key: string, value: number | string): boolean =>
  settings !== undefined && Object.hasOwn(settings, key) && settings[key] === value;

const isPartOf = (some: Settings, all: Settings): boolean =>
  Object.entries(some ?? {}).every(([key, value]) => isIn(all, key, value));

/** Other interfaces keep what they have: the value may be any. */
function isOfInterface(interfaces: Record<string, number>, key: string, value: number | string): boolean {
  const [, setting = ''] = /^net\.ipv4\.conf\.[^.]+\.(\w+)$/.exec(key) ?? [];
  return Object.hasOwn(interfaces, setting) && typeof value === 'number' && SETTING_KEY.test(key);
}
