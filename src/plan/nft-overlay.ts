/** Finds what nft would make of the rules of a namespace. nft(8). */
import { UserError } from '../errors.ts';
import type { Json, Source } from '../model.ts';
import { asList } from '../network/nft/values.ts';
import { nftStatements } from './nft-statements.ts';
import { listedObjects, objectParts, objectsIn, tableOf, withObjects } from './nft-text.ts';
import type { Texts } from './texts.ts';

/** `nft -f FILE`: statement by statement; without `flush ruleset` it adds to what is there. */
export const loadNftFile = (texts: Texts, text: string, source: Source): Texts =>
  nftStatements(text, source).reduce((before, one) => runNft(before, one.text, one.source), texts);

/** A statement of nft: `add rule ip nat postrouting masquerade`, `table ip nat { ... }`. */
export function runNft(texts: Texts, statement: string, source: Source): Texts {
  const [verb = '', object = '', ...rest] = statement.trim().split(/\s+/);
  if (verb === 'flush' && object === 'ruleset')
    return withObjects(texts.without('nat.nft').without('nat.nft6'), []).without('nat.nftables');
  if (verb === 'table') return added(texts, objectsIn(statement, source), source);
  const family = /^(ip6?|inet|arp|bridge|netdev)$/.test(rest[0] ?? '') ? rest[0] : 'ip';
  const [table = '', name = '', ...words] = rest[0] === family ? rest.slice(1) : rest;
  const key = `${family} ${table}`;
  const rule = statement
    .slice(statement.indexOf(name, statement.indexOf(table) + table.length) + name.length)
    .trim();
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
    case 'add rule':
      return added(texts, ruleObjects(place, rule, source), source);
    case 'insert rule':
      return inserted(texts, place, rule, source);
    case 'delete rule':
      return deleted(texts, place, words, source);
    default:
      throw new UserError(`nft ${verb} ${object}: what it changes is not known here`, {
        source,
        hint: 'of nft: add, insert and delete rule; add, delete and flush table; add and flush chain; flush ruleset; a file with tables',
      });
  }
}

interface ChainPlace {
  family: string;
  table: string;
  chain: string;
}

/** What is wrapped around a rule stands on two lines above it. */
const lineAbove = (source: Source): Source => ({ ...source, line: source.line - 1 });

function ruleObjects({ family, table, chain }: ChainPlace, rule: string, source: Source): Json[] {
  const wrapped = `table ${family} ${table} {\nchain ${chain} {\n${rule}\n}\n}`;
  const place = { ...source, line: source.line - 2 };
  return objectsIn(wrapped, place).filter((one) => objectParts(one).kind === 'rule');
}

const isRuleOf = (object: Json, { family, table, chain }: ChainPlace): boolean => {
  const { kind, body } = objectParts(object);
  return kind === 'rule' && body.family === family && body.table === table && body.chain === chain;
};

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

function isSameObject(a: Json, b: Json): boolean {
  const [one, other] = [objectParts(a), objectParts(b)];
  return one.kind === other.kind && tableOf(a) === tableOf(b) && one.body.name === other.body.name;
}

function requireChain(
  objects: readonly Json[],
  { family, table, chain }: ChainPlace,
  name: string,
  source: Source,
): void {
  const chains = objects.flatMap((one) => {
    const { kind, body } = objectParts(one);
    return kind === 'chain' && tableOf(one) === `${family} ${table}` ? String(body.name) : [];
  });
  if (chains.includes(chain)) return;
  throw new UserError(`${name} has no chain ${chain} in table ${family} ${table} of nftables`, {
    source,
    hint: chains.length > 0 ? `there are ${chains.join(', ')}` : 'nft list ruleset shows its tables',
  });
}

function kept(texts: Texts, table: string, isKept: (object: Json) => boolean, source: Source): Texts {
  refuseTwins(texts, table, source);
  const objects = listedObjects(texts, source);
  if (!objects.some((one) => tableOf(one) === table))
    throw new UserError(`${texts.name} has no table ${table} of nftables`, { source });
  return withObjects(texts, objects.filter(isKept));
}

/** `insert rule ip nat postrouting [handle N | position N | index N] RULE`: before that rule; else before all. */
function inserted(texts: Texts, place: ChainPlace, text: string, source: Source): Texts {
  const [, kind = '', number = '', rule = text] =
    /^(handle|position|index)\s+(\d+)\s+(.*)$/s.exec(text) ?? [];
  refuseTwins(texts, `${place.family} ${place.table}`, source);
  const list = listedObjects(texts, source);
  requireChain(list, place, texts.name, source);
  const rules = list.filter((one) => isRuleOf(one, place));
  const before =
    kind === 'index'
      ? rules[Number(number)]
      : kind === ''
        ? rules[0]
        : rules.find((one) => objectParts(one).body.handle === Number(number));
  if (before === undefined && kind !== '') throw noSuchRule(texts.name, place, `${kind} ${number}`, source);
  const objects = ruleObjects(place, rule, source);
  const at = before === undefined ? list.length : list.indexOf(before);
  return withObjects(texts, list.toSpliced(at, 0, ...objects));
}

function deleted(texts: Texts, place: ChainPlace, words: readonly string[], source: Source): Texts {
  const [kind, number] = words;
  if (kind !== 'handle' || !/^\d+$/.test(number ?? ''))
    throw new UserError('nft deletes a rule by its handle', {
      source,
      hint: 'as in: nft delete rule ip nat postrouting handle 7',
    });
  const isMeant = (one: Json) => isRuleOf(one, place) && objectParts(one).body.handle === Number(number);
  if (!listedObjects(texts, source).some(isMeant))
    throw noSuchRule(texts.name, place, `handle ${number}`, source);
  return kept(texts, `${place.family} ${place.table}`, (one) => !isMeant(one), source);
}

const noSuchRule = (name: string, { family, table, chain }: ChainPlace, which: string, source: Source) =>
  new UserError(`${name} has no rule with ${which} in ${family} ${table} ${chain}`, {
    source,
    hint: 'nft -a list ruleset shows handles',
  });

/** What iptables-nft prints of its tables says more than what nft does: changes to them are said in its words. */
function refuseTwins(texts: Texts, table: string, source: Source): void {
  const [family, name] = table.split(' ');
  const answer = texts.get(family === 'ip6' ? 'nat.nft6' : 'nat.nft');
  if (family === 'inet' || !answer.ok || !answer.value.split('\n').includes(`*${name}`)) return;
  throw new UserError(`table ${table} of ${texts.name} is that of iptables-nft`, {
    source,
    hint: 'say the change as iptables-nft -A, -I, -D, or as iptables-save prints it',
  });
}
