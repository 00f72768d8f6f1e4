/** The shape of a rule file: its reader and its JSON Schema are both made of this. */
import type { Scope, Severity, Verdict } from '../../model.ts';
import type { Keys } from '../../yaml-document.ts';

export const RULE_KEYS = {
  required: ['id', 'title', 'severity', 'scope', 'assert', 'message', 'why', 'fix', 'references', 'tests'],
  optional: ['when', 'noteWhen', 'supersedes', 'yields', 'kernels', 'falsePositives'],
} as const satisfies Keys;

/** The keys of a rule whose tests are not read. */
export const UNTESTED_KEYS = {
  required: RULE_KEYS.required.filter((key) => key !== 'tests'),
  optional: RULE_KEYS.optional,
} as const satisfies Keys;

export const FIX_KEYS = {
  required: ['text'],
  optional: ['sysctl', 'atLeast', 'adds', 'interfaces', 'modules', 'only', 'removes', 'commands', 'risk'],
} as const satisfies Keys;

export const TEST_KEYS = {
  required: ['name', 'expect'],
  optional: ['given', 'partial', 'evidence'],
} as const satisfies Keys;

/** A setting of interfaces: its value, and on which of them. */
export const INTERFACE_KEYS = { required: ['value', 'on'] } as const satisfies Keys;

export const EXPECT_KEYS = {
  required: ['verdict', 'message'],
  optional: ['severity'],
} as const satisfies Keys;

export const SEVERITIES: readonly Severity[] = ['error', 'warning', 'note'];
export const SCOPES: readonly Scope[] = ['host', 'netns', 'path'];
export const VERDICTS: readonly Verdict[] = ['pass', 'fail', 'unknown', 'not-applicable'];

export const RULE_ID = /^[A-Z]{2,4}\d{3}$/;
export const REFERENCE = /^https?:\/\/\S+$/;

/** Settings end in other people's scripts and playbooks: nothing in them may mean anything there. */
export const SETTING_KEY = /^[A-Za-z0-9][\w./@:-]*$/;
/** The name of a kernel module; it ends in scripts as well. */
export const MODULE = /^[a-z][a-z0-9_]*$/;
export const SETTING_VALUE = /^[\w.,:/ -]+$/;
