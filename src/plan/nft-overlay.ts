/** Finds what nft would make of the rules of a namespace. nft(8). */
import { UserError } from '../errors.ts';
import type { Json, Source } from '../model.ts';
import { asList } from '../network/nft/values.ts';
import { withElements } from './nft-elements.ts';
import {
  type ChainPlace,
  isRuleOf,
  placedRule,
  refuseTwins,
  requireChain,
  withoutRule,
} from './nft-rules.ts';
import { nftStatements } from './nft-statements.ts';
import { listedObjects, objectParts, objectsIn, tableOf, withObjects } from './nft-text.ts';
import type { Texts } from './texts.ts';

/** `nft -f FILE`: statement by statement; without `flush ruleset` it adds to what is there. */
export const loadNftFile = (texts: Texts, text: string, source: Source): Texts =>
  nftStatements(text, source).reduce((before, one) => runNft(before, one.text, one.source), texts);

const FAMILY = /^(ip6?|inet|arp|bridge|netdev)$/;

/** A statement of nft: `add rule ip nat postrouting masquerade`, `table ip nat { ... }`. */
export function runNft(texts: Texts, statement: string, source: Source): Texts {
  const [verb = '', object = '', ...rest] = statement.trim().split(/\s+/);
  if (verb === 'flush' && object === 'ruleset')
    return withObjects(texts.without('nat.nft').without('nat.nft6'), []).without('nat.nftables');
  if (verb === 'table') return added(texts, objectsIn(statement, source), source);
  const family = FAMILY.test(rest[0] ?? '') ? rest[0] : 'ip';
  const [table = '', name = '', ...words] = rest[0] === family ? rest.slice(1) : rest;
  const key = `${family} ${table}`;
  // as it is written, behind the name
  const [, rule = ''] =
    new RegExp(`^(?:\\s*\\S+){${statement.trim().split(/\s+/).length - words.length}}\\s*([^]*?)\\s*$`).exec(
      statement,
    ) ?? [];
  const place = { family: family ?? 'ip', table, chain: name };
  switch (`${verb} ${object}`) {
    case 'add table':
    case 'create table':
      return added(texts, [{ table: { family: place.family, name: table } }], source);
    case 'delete table':
    case 'destroy table':
      return kept(texts, key, (one) => tableOf(one) !== key, source);
    case 'flush table':
      return kept(texts, key, (one) => tableOf(one) !== key || objectParts(one).kind !== 'rule', source);
    case 'flush chain':
      return kept(texts, key, (one) => !isRuleOf(one, place), source);
    case 'add chain':
    case 'create chain':
      return added(
        texts,
        objectsIn(`table ${key} {\nchain ${name} ${rule || '{ }'}\n}`, lineAbove(source)),
        source,
      );
    case 'delete chain':
    case 'destroy chain':
      return kept(texts, key, (one) => !isRuleOf(one, place) && !isChain(one, place), source);
    case 'add rule':
    case 'create rule':
    case 'insert rule':
    case 'replace rule':
      return placedRule(texts, place, verb, rule, source);
    case 'add element':
    case 'create element':
    case 'delete element':
    case 'destroy element':
      return withElements(texts, { key, name }, verb, rule, source);
    case 'flush set':
    case 'flush map':
      return withElements(texts, { key, name }, 'flush', '{ }', source);
    case 'delete rule':
      return withoutRule(texts, place, words, source);
    default:
      throw new UserError(`nft ${verb} ${object}: what it changes is not known here`, {
        source,
        hint: 'of nft: add, insert, replace and delete rule; add and delete element; add, delete and flush table and chain; flush set, map and ruleset; a file with tables',
      });
  }
}

/** Returns the place of a text around which a line is put above it. */
const lineAbove = (source: Source): Source => ({ ...source, line: source.line - 1 });

/** Adds what is not there yet; rules and elements of sets are added to those that are. */
function added(texts: Texts, objects: readonly Json[], source: Source): Texts {
  const list = [...listedObjects(texts, source)];
  for (const object of objects) {
    const { kind, body } = objectParts(object);
    refuseTwins(texts, tableOf(object), source);
    const at = kind === 'rule' ? -1 : list.findIndex((one) => isSameObject(one, object));
    if (kind === 'rule') requireChain(list, body as unknown as ChainPlace, texts.name, source);
    const known = list[at];
    if (known === undefined) list.push(object);
    // a chain that is there gets the policy that is said
    else if (kind === 'chain' && body.policy !== undefined)
      list[at] = { [kind]: { ...objectParts(known).body, policy: body.policy } };
    else if (body.elem !== undefined) {
      const before = objectParts(known).body;
      list[at] = { [kind]: { ...before, elem: [...asList(before.elem ?? []), ...asList(body.elem)] } };
    }
  }
  return withObjects(texts, inOrder(list));
}

/** Chains and sets stand before rules, as nft lists them; jumps may lead to a chain that is added later. */
const inOrder = (objects: readonly Json[]): Json[] => {
  const isRule = (one: Json) => objectParts(one).kind === 'rule';
  return [...objects.filter((one) => !isRule(one)), ...objects.filter(isRule)];
};

function isChain(object: Json, { family, table, chain }: ChainPlace): boolean {
  const { kind, body } = objectParts(object);
  return kind === 'chain' && tableOf(object) === `${family} ${table}` && body.name === chain;
}

function isSameObject(a: Json, b: Json): boolean {
  const [one, other] = [objectParts(a), objectParts(b)];
  return one.kind === other.kind && tableOf(a) === tableOf(b) && one.body.name === other.body.name;
}

function kept(texts: Texts, table: string, isKept: (object: Json) => boolean, source: Source): Texts {
  refuseTwins(texts, table, source);
  const objects = listedObjects(texts, source);
  if (!objects.some((one) => tableOf(one) === table))
    throw new UserError(`${texts.name} has no table ${table} of nftables`, { source });
  return withObjects(texts, objects.filter(isKept));
}
