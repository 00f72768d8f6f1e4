import type { Answer } from '../../model.ts';
import { atLeast, before, vendor } from '../../network/kernel-version.ts';

/** A function that rules can call on a fact: `kernel.atLeast("4.12")`. */
interface RuleFunction {
  name: string;
  /** The fact it is called on, and the field of it that it reads. */
  fact: string;
  reads: string;
  /** The form of its argument, and an example for who got it wrong. */
  argument: RegExp;
  example: string;
  run(value: string, argument: string): Answer<boolean>;
}

const VERSION = /^\d+(\.\d+){0,2}$/;

export const ruleFunctions: readonly RuleFunction[] = [
  {
    name: 'atLeast',
    fact: 'kernel',
    reads: 'release',
    argument: VERSION,
    example: 'kernel.atLeast("4.12")',
    run: atLeast,
  },
  {
    name: 'before',
    fact: 'kernel',
    reads: 'release',
    argument: VERSION,
    example: 'kernel.before("4.12")',
    run: before,
  },
  {
    name: 'vendor',
    fact: 'kernel',
    reads: 'release',
    argument: /^[a-z][a-z0-9]*$/,
    example: 'kernel.vendor("el7")',
    run: isOfVendor,
  },
];

export function ruleFunction(name: string): RuleFunction | undefined {
  return ruleFunctions.find((candidate) => candidate.name === name);
}

/** `el8` is the vendor of `4.18.0-553.16.1.el8_10.x86_64`, too. */
function isOfVendor(release: string, name: string): Answer<boolean> {
  const found = vendor(release);
  return found.ok ? { ok: true, value: found.value?.split('_')[0] === name } : found;
}
