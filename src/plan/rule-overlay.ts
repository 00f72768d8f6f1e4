/** Finds what ip rule would make of the routing rules of a namespace. ip-rule(8); linux 6.1, net/core/fib_rules.c. */
import { UserError } from '../errors.ts';
import type { Source } from '../model.ts';
import { parseMark } from '../network/fields.ts';
import { wordTable } from '../word-table.ts';
import { printRuleWords, type RuleWords, readRuleWords, type Selector } from './rule-words.ts';
import { type Texts, textIn } from './texts.ts';

const VERBS = wordTable<'add' | 'del'>({ add: 'add', a: 'add', del: 'del', delete: 'del', d: 'del' });

export function runIpRule(texts: Texts, family: 4 | 6, words: readonly string[], source: Source): Texts {
  const probe = family === 4 ? 'routes.rules' : 'routes.rules6';
  const text = textIn(texts, probe, 'the routing rules', source) ?? '';
  const [word = '', ...spec] = words;
  const verb = VERBS[word];
  const said = readRuleWords(spec);
  if (!verb || !said || (verb === 'del' && spec.length === 0))
    throw new UserError(`ip rule ${words.join(' ')}: no command that is known here`, {
      source,
      hint: 'as in: ip rule add from 10.0.0.0/8 lookup 100 pref 200; of ip rule: add, del',
    });
  const rules = text.split('\n').flatMap(readLine);
  const written = (all: readonly Row[]) => texts.with(probe, all.map(({ line }) => `${line}\n`).join(''));
  const refuse = (message: string, hint: string) => new UserError(message, { source, hint });
  if (verb === 'del') {
    const at = rules.findIndex(({ rule }) => rule === null || isMeant(rule, said));
    if (rules[at]?.rule) return written(rules.toSpliced(at, 1));
    throw at < 0
      ? refuse(`${texts.name} has no such routing rule: ${spec.join(' ')}`, 'ip rule shows those that it has')
      : refuse(
          `whether it is this rule can not be told: ${rules[at]?.line}`,
          'say more of the one that is meant',
        );
  }
  const priority = said.get('pref') ?? defaultPriority(rules);
  const added: RuleWords = new Map([['action', 'lookup main'], ...said, ['pref', priority]]);
  if (rules.some(({ rule }) => rule && isThere(rule, added)))
    throw refuse(
      `${texts.name} has this routing rule already: ${spec.join(' ')}`,
      'the kernel tells rules of a priority apart by what they say, but not by "not" and where goto goes',
    );
  const next = rules.findIndex(({ priority: one }) => one > Number(priority));
  const place = next < 0 ? rules.length : next;
  const line = `${priority}:\t${printRuleWords(added)}`;
  return written(rules.toSpliced(place, 0, { line, priority: Number(priority), rule: added }));
}

interface Row {
  line: string;
  priority: number;
  /** Null where it is not understood. */
  rule: RuleWords | null;
}

function readLine(line: string): Row[] {
  const [, priority, said = ''] = /^\s*(\d+):\s+(.*?)\s*$/.exec(line) ?? [];
  if (priority === undefined) return [];
  // printed so, it is a whole mask; to a command it is no mark
  const words = said.replace(/(?<=fwmark )(0x)?0(?= )/, '0/0xffffffff');
  return [
    { line, priority: Number(priority), rule: readRuleWords(['pref', priority, ...words.split(/\s+/)]) },
  ];
}

/** One less than the second's, which stands above it then: fib_default_rule_pref. */
const defaultPriority = ([, second]: readonly Row[]): string =>
  String(Math.max(0, (second?.priority ?? 0) - 1));

/** The kernel deletes the first that has all that was said, and takes no notice of `not` and a goal: rule_find. */
const isMeant = (rule: RuleWords, said: RuleWords): boolean =>
  [...said].every(([selector, value]) => {
    switch (selector) {
      case 'not':
        return true;
      case 'from':
      case 'to':
        return value === 'all' || rule.get(selector) === value;
      case 'action':
        return withoutGoal(rule) === withoutGoal(said);
      case 'fwmark':
        return isMarkMeant(rule.get('fwmark') ?? '0/0', value);
      default:
        return rule.get(selector) === value;
    }
  });

/** Each half counts where it is not 0. */
function isMarkMeant(text: string, said: string): boolean {
  const [mark, meant] = [parseMark(text), parseMark(said)];
  if (!mark || !meant) return false;
  return (meant.value === 0 || mark.value === meant.value) && (meant.mask === 0 || mark.mask === meant.mask);
}

const withoutGoal = (rule: RuleWords): string => (rule.get('action') ?? '').replace(/^goto .*/, 'goto');

/** A rule that asks for no address is the same as one that does: rule_exists, fib4_rule_compare. */
const isThere = (rule: RuleWords, added: RuleWords): boolean =>
  COMPARED.every((selector) => rule.get(selector) === added.get(selector)) &&
  withoutGoal(rule) === withoutGoal(added) &&
  COMPARED_WHERE_SAID.every((selector) => {
    const value = added.get(selector) ?? 'all';
    return value === 'all' || rule.get(selector) === value;
  });

const COMPARED: readonly Selector[] = [
  ...(['pref', 'iif', 'oif', 'fwmark', 'uidrange', 'ipproto', 'sport', 'dport', 'tun_id', 'proto'] as const),
  ...(['suppress_prefixlength', 'suppress_ifgroup'] as const),
];
const COMPARED_WHERE_SAID: readonly Selector[] = ['from', 'to', 'tos', 'realms'];
