/** The statements of nft's JSON: verdicts, translations, marks, sets that packets change. */
import type { Json } from '../../model.ts';
import { TCP } from '../fields.ts';
import { WITHOUT_EFFECT as TARGETS_WITHOUT_EFFECT } from '../iptables/targets.ts';
import type { Action, Match, Step } from '../ruleset.ts';
import { isFamily, isProtocol } from './field-readers.ts';
import { looked, pairsOf, readMap } from './maps.ts';
import { readMangle } from './marks.ts';
import { type NamedElements, readMatch, readMatchKey } from './matches.ts';
import { mergedPorts } from './merged-ports.ts';
import { printExpression } from './print.ts';
import { readNat, readOwn } from './translations.ts';
import { asList, bare, shaped, tagged } from './values.ts';

/** Reads a rule's statements as steps: each action with the matches before it. `family`: its table's, as `inet`. */
export function readSteps(statements: readonly Json[], family: Json, elements: NamedElements): Step[] {
  const steps: Step[] = [];
  let when: Match[] = [];
  for (let i = 0; i < statements.length; i++) {
    const merged = mergedPorts(statements[i], statements[i + 1]);
    if (merged) i++;
    // biome-ignore lint/style/noNonNullAssertion: i is below length
    const { matches, action } = merged ? matchOnly(merged) : readStatement(statements[i]!, family, elements);
    when.push(...matches);
    if (!action) continue;
    steps.push({ when, action });
    when = [];
  }
  if (when.length > 0) steps.push({ when, action: null });
  return steps;
}

interface Statement {
  matches: Match[];
  action: Action | null;
}

const matchOnly = (matches: Match[]): Statement => ({ matches, action: null });
const doing = (action: Action | null): Statement => ({ matches: [], action });

function readStatement(statement: Json, family: Json, elements: NamedElements): Statement {
  const [name, body] = tagged(statement);
  const text = printExpression(statement);
  const undecided: Match = { kind: 'undecided', text };
  if (name === 'match') return matchOnly(readMatch(body, elements));
  if (name === 'set' || name === 'map') return matchOnly(changing(body, name) ?? [undecided]);
  if (OBJECTS.has(name) && tagged(body)[0] === 'map')
    return matchOnly((LIMITS.has(name) ? null : inMap(tagged(body)[1], elements)) ?? [undecided]);
  if (WITHOUT_EFFECT.has(name)) return matchOnly([]);
  if (LIMITS.has(name)) return matchOnly([undecided]);
  if (name === 'xt') return readXt(body, text);
  if (name === 'reject') return { matches: answerable(body, family), action: { kind: 'drop' } };
  const writing = name === 'mangle' ? readWriting(body, elements, undecided) : null;
  if (writing) return writing;
  const action = readAction(name, body, elements);
  if (action) return doing(action);
  // a map that can't be read is asked about no packet that lacks its key
  const needs = name === 'vmap' ? readMatchKey(shaped(body, ['key', 'data'])?.key ?? null)?.needs : undefined;
  return { matches: needs ?? [], action: { kind: 'unknown', text, effect: 'any' } };
}

const WITHOUT_EFFECT: ReadonlySet<string> = new Set([
  'counter',
  'log',
  'continue',
  'ct helper',
  'ct timeout',
  'ct expectation',
  'dup',
  'last',
  'reset',
  'secmark',
]);

/** Statements that hold for some packets of a kind, and not for others. */
const LIMITS: ReadonlySet<string> = new Set(['limit', 'quota', 'ct count', 'meter']);

/** The objects that a map may give for a packet; where it gives none, the rule is over (linux 6.1, nft_objref.c). */
const OBJECTS: ReadonlySet<string> = new Set([
  'counter',
  'limit',
  'quota',
  'ct helper',
  'ct timeout',
  'secmark',
]);

/** Returns the matches of packets that a map gives something for: `counter name tcp dport map { 80 : "web" }`. */
function inMap(map: Json, elements: NamedElements): Match[] | null {
  const { key = null, data = null } = shaped(map, ['key', 'data']) ?? {};
  const pairs = pairsOf(data, elements);
  return pairs && [{ kind: 'any', rows: looked(key, pairs), not: false }];
}

/**
 * Reads `add @set { ip saddr }`, which ends the rule for packets that have no such field. With a statement of its own
 * (`update @set { ip saddr limit rate 1/second }`) it ends for others, too, and so does one that finds nothing to delete
 * (linux 6.12, nft_dynset.c).
 */
function changing(body: Json, name: 'set' | 'map'): Match[] | null {
  const change = shaped(body, ['op', 'elem', name], ['data', 'stmt']);
  const key = change && readMatchKey(bare(change.elem ?? null));
  if (!key || (change.op !== 'add' && change.op !== 'update')) return null;
  return asList(change.stmt).every((statement) => tagged(statement)[0] === 'counter') ? key.needs : null;
}

/**
 * Returns the matches of packets that can get a reject's answer: nft asks for them, and prints no `meta nfproto ipv4`
 * before `reject with icmp` in a table of inet, no `meta l4proto tcp` before `tcp reset` in one of a single family (1.0.6).
 */
function answerable(body: Json, family: Json): Match[] {
  const { type = null } = shaped(body, [], ['type', 'expr']) ?? {};
  if (type === 'tcp reset') return [isProtocol(TCP)];
  if (family !== 'inet') return [];
  return type === 'icmp' ? [isFamily('ip')] : type === 'icmpv6' ? [isFamily('ip6')] : [];
}

/** Returns undefined for what is not understood. */
function readAction(name: string, body: Json, elements: NamedElements): Action | undefined {
  switch (name) {
    case 'accept':
    case 'drop':
    case 'return':
    case 'notrack':
      return body === null ? { kind: name } : undefined;
    case 'flow':
      return { kind: 'offload' };
    case 'jump':
    case 'goto': {
      const target = shaped(body, ['target'])?.target;
      return typeof target === 'string' ? { kind: name, chain: target } : undefined;
    }
    case 'masquerade':
    case 'redirect':
      return readOwn(name, body);
    case 'snat':
    case 'dnat':
      return readNat(name === 'snat' ? 'source' : 'destination', body, elements);
    case 'vmap':
      return readMap(body, elements, (verdict) => {
        const [kind, target] = tagged(verdict);
        return kind === 'continue' ? { kind: 'choose', cases: [] } : readAction(kind, target, elements);
      });
    default:
      return undefined;
  }
}

/** Reads a write to a field. Out of a map, it is none for packets that the map gives nothing for: the rule is over. */
function readWriting(body: Json, elements: NamedElements, undecided: Match): Statement | null {
  const writing = shaped(body, ['key', 'value']);
  if (!writing) return null;
  const { key = null, value = null } = writing;
  const action = readMangle({ key, value });
  const [kind, map] = tagged(value);
  // what is not understood may end the rule, too: a field that the packet does not have
  if (kind !== 'map') return { matches: action?.kind === 'unknown' ? [undecided] : [], action };
  const mapped = readMap(map, elements, (one) => readMangle({ key, value: one }) ?? undefined);
  return mapped ? doing(mapped) : { matches: inMap(map, elements) ?? [undecided], action };
}

/** Reads an xt expression, which iptables wrote; nft names it and no more, and some versions not even that. */
function readXt(body: Json, text: string): Statement {
  const { type, name } = shaped(body, ['type', 'name']) ?? {};
  if (type === 'match') return matchOnly(name === 'comment' ? [] : [{ kind: 'undecided', text }]);
  // ebtables alone has watchers
  if (type === 'watcher' || TARGETS_WITHOUT_EFFECT.has(String(name))) return matchOnly([]);
  if (type === 'target' && name === 'MASQUERADE')
    return doing({ kind: 'masquerade', ports: null, random: 'no' });
  return doing({ kind: 'unknown', text, effect: XT_MARKING.has(String(name)) ? 'mark' : 'any' });
}

/** The xt targets that mark; SET may take a mark out of a set. */
const XT_MARKING: ReadonlySet<string> = new Set(['MARK', 'CONNMARK', 'SET']);
