/** Finds what ip rule would make of the routing rules of a namespace. ip-rule(8); linux 6.1, net/core/fib_rules.c. */
import { UserError } from '../errors.ts';
import type { Source } from '../model.ts';
import { equals } from '../network/addresses.ts';
import { parseRules, type RoutingRule } from '../network/routing-rules.ts';
import { wordTable } from '../word-table.ts';
import { type Texts, textIn } from './texts.ts';

const VERBS = wordTable<'add' | 'del'>({ add: 'add', a: 'add', del: 'del', delete: 'del', d: 'del' });

export function runIpRule(texts: Texts, family: 4 | 6, words: readonly string[], source: Source): Texts {
  const probe = family === 4 ? 'routes.rules' : 'routes.rules6';
  const text = textIn(texts, probe, 'the routing rules', source) ?? '';
  const [word = '', ...said] = words;
  const verb = VERBS[word];
  const { priority, spec } = withoutPriority(said);
  const [meant] = parseRules(`${priority ?? 0}: ${spec.join(' ') || 'from all'}`, family, probe);
  if (!verb || !meant || meant.unknown.length > 0)
    throw new UserError(`ip rule ${words.join(' ')}: no command that is known here`, {
      source,
      hint: 'as in: ip rule add from 10.0.0.0/8 lookup 100 pref 200; of ip rule: add, del',
    });
  const rules = parseRules(text, family, probe);
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const lineOf = (rule: RoutingRule | undefined) =>
    rule === undefined ? lines.length : lines.findIndex((line) => line.trim() === rule.text);
  const written = (all: readonly string[]) => texts.with(probe, all.map((line) => `${line}\n`).join(''));
  if (verb === 'del') {
    const found = rules.find((one) => isMeant(one, meant, priority, spec));
    if (found) return written(lines.toSpliced(lineOf(found), 1));
    throw new UserError(`${texts.name} has no such routing rule: ${said.join(' ')}`, {
      source,
      hint: 'ip rule shows those that it has',
    });
  }
  // fib_default_rule_pref: one less than the second, which stands above it then
  const place = priority ?? Math.max(0, (rules[1]?.priority ?? 0) - 1);
  if (rules.some((one) => one.priority === place && isSame(one, meant)))
    throw new UserError(`${texts.name} has this routing rule already: ${said.join(' ')}`, { source });
  const next = rules.find((one) => one.priority > place);
  return written(lines.toSpliced(lineOf(next), 0, `${place}:\t${spec.join(' ')}`));
}

/** Of `ip rule add pref 100 type blackhole from 10.0.0.0/8`, what `ip rule` prints behind the priority. */
function withoutPriority(words: readonly string[]): { priority: number | null; spec: string[] } {
  const at = words.findIndex((word) => /^(pref|preference|priority|prio|order)$/.test(word));
  const number = at < 0 ? null : Number(words[at + 1]);
  const spec = words
    .filter((_, i) => at < 0 || (i !== at && i !== at + 1))
    .filter((word) => word !== 'type')
    .map((word) => (word === 'dev' ? 'iif' : word));
  return { priority: number, spec };
}

/** The kernel deletes the first that has all that was said. */
function isMeant(
  one: RoutingRule,
  meant: RoutingRule,
  priority: number | null,
  said: readonly string[],
): boolean {
  const saysAction = meant.action.kind !== 'unknown';
  return (
    (priority === null || one.priority === priority) &&
    one.not === meant.not &&
    (!said.includes('from') || equals(one.from, meant.from)) &&
    (!said.includes('to') || equals(one.to, meant.to)) &&
    (!said.includes('iif') || one.in === meant.in) &&
    (!said.includes('oif') || one.out === meant.out) &&
    (!said.includes('fwmark') || isEqual(one.mark, meant.mark)) &&
    (meant.protocol === null || one.protocol === meant.protocol) &&
    (!/\b[sd]port\b/.test(said.join(' ')) || isEqual(one.ports, meant.ports)) &&
    (meant.suppress === null || one.suppress === meant.suppress) &&
    (!saysAction || isEqual(one.action, meant.action))
  );
}

const isEqual = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

function isSame(a: RoutingRule, b: RoutingRule): boolean {
  const parts = (rule: RoutingRule) => {
    const { not, mark, in: input, out, protocol, ports, action, suppress } = rule;
    return { not, mark, input, out, protocol, ports, action, suppress };
  };
  return equals(a.from, b.from) && equals(a.to, b.to) && isEqual(parts(a), parts(b));
}
