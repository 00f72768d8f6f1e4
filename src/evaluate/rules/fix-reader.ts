/** Reads the fix of a rule: what it says for every subject, and the conditions that decide for one. */
import type { Fix } from '../../model.ts';
import { moduleOfKey } from '../../network/sysctl/module-of-key.ts';
import type { Section, YamlDocument } from '../../yaml-document.ts';
import type { Expression, Language } from '../expression/expression.ts';
import { conditionAt, namesAt } from './rule-expressions.ts';
import { FIX_KEYS, INTERFACE_KEYS, MODULE, SETTING_KEY, SETTING_VALUE } from './rule-shape.ts';

/** The parts of a fix that hang on the subject. */
export interface FixConditions {
  /** Settings of interfaces (`rp_filter`), what should be in force, and the expression that names the interfaces. */
  interfaces: readonly { setting: string; value: number; on: Expression }[];
  /** Names of settings and modules, and where they are a part of the fix. */
  only: ReadonlyMap<string, Expression>;
}

export function readFix(
  top: Section,
  document: YamlDocument,
  language: Language,
): { fix: Fix; conditions: FixConditions } | null {
  const section = top.section('fix', FIX_KEYS);
  if (section === null) return null;
  const [text, risk] = [section.text('text'), section.text('risk')];
  const [removes, commands] = [section.texts('removes'), section.texts('commands')];
  const sysctl = settingsFrom(section, 'sysctl', document);
  const atLeast = settingsFrom(section, 'atLeast', document);
  const adds = settingsFrom(section, 'adds', document);
  const modules = section.texts('modules');
  for (const [i, name] of (modules ?? []).entries())
    if (!MODULE.test(name)) document.fail(['fix', 'modules', i], `"${name}" is no name of a module`);
  checkModules({ sysctl, atLeast, adds }, modules ?? [], document);
  const interfaces = interfacesFrom(section, document, language);
  const fix: Fix = {
    text: text ?? '',
    ...(sysctl === null ? {} : { sysctl }),
    ...(atLeast === null ? {} : { atLeast: atLeast as Record<string, number> }),
    ...(adds === null ? {} : { adds: adds as Record<string, string> }),
    ...(interfaces.length === 0
      ? {}
      : { interfaces: Object.fromEntries(interfaces.map(({ setting, value }) => [setting, value])) }),
    ...(modules === null ? {} : { modules }),
    ...(removes === null ? {} : { removes }),
    ...(commands === null ? {} : { commands }),
    ...(risk === null ? {} : { risk }),
  };
  return { fix, conditions: { interfaces, only: onlyFrom(section, fix, document, language) } };
}

/** Reports settings whose module the fix does not load: at boot, sysctl.d is applied before anything else does. */
function checkModules(
  parts: Record<string, Settings | null>,
  modules: readonly string[],
  document: YamlDocument,
): void {
  for (const [part, settings] of Object.entries(parts)) {
    for (const key of Object.keys(settings ?? {})) {
      const module = moduleOfKey(key);
      if (module === null || modules.includes(module)) continue;
      const what = `${key} comes with the module ${module}, and is lost at boot where that is loaded later`;
      document.fail(['fix', part, key], what, `name ${module} in the fix's modules`, 'key');
    }
  }
}

type Settings = NonNullable<Fix['sysctl']>;

const SETTINGS = {
  sysctl: ['a number or text', ['number', 'string']],
  atLeast: ['a number', ['number']],
  adds: ['text', ['string']],
} as const;

function settingsFrom(fix: Section, name: keyof typeof SETTINGS, document: YamlDocument): Settings | null {
  const given = fix.section(name, anyKeysOf(fix, name));
  if (given === null) return null;
  const [words, types] = SETTINGS[name];
  for (const [key, value] of Object.entries(given.value)) {
    const fail = (message: string) => document.fail(['fix', name, key], message);
    if (!SETTING_KEY.test(key)) fail(`${JSON.stringify(key)} is no name of a setting`);
    if (!types.some((type) => typeof value === type)) fail(`${key} should be ${words}`);
    else if (!SETTING_VALUE.test(String(value)))
      fail(`the value of ${key} should be plain words and numbers`);
  }
  return given.value as Settings;
}

const anyKeysOf = (section: Section, name: string) => ({
  required: [],
  optional: Object.keys(section.value[name] ?? {}),
});

function interfacesFrom(
  fix: Section,
  document: YamlDocument,
  language: Language,
): { setting: string; value: number; on: Expression }[] {
  const given = fix.section('interfaces', anyKeysOf(fix, 'interfaces'));
  return Object.keys(given?.value ?? {}).flatMap((setting) => {
    const path = ['fix', 'interfaces', setting];
    if (!MODULE.test(setting)) document.fail(path, `"${setting}" is no setting of an interface`);
    const one = given?.section(setting, INTERFACE_KEYS) ?? null;
    const text = one?.text('on') ?? null;
    const value = one?.value.value;
    if (one !== null && !Number.isInteger(value))
      document.fail([...path, 'value'], 'value should be a whole number');
    const on = text === null ? null : namesAt([...path, 'on'], text, document, language);
    return on === null ? [] : [{ setting, value: value as number, on }];
  });
}

function onlyFrom(
  section: Section,
  { sysctl, atLeast, adds, modules = [], removes = [] }: Fix,
  document: YamlDocument,
  language: Language,
): ReadonlyMap<string, Expression> {
  const given = section.section('only', {
    required: [],
    optional: [...new Set([...Object.keys({ ...sysctl, ...atLeast, ...adds }), ...modules, ...removes])],
  });
  return new Map(
    Object.keys(given?.value ?? {}).flatMap((name): [string, Expression][] => {
      const text = given?.text(name) ?? null;
      const condition = text === null ? null : conditionAt(['fix', 'only', name], text, document, language);
      return condition === null ? [] : [[name, condition]];
    }),
  );
}
