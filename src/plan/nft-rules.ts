/** Rules of nft's chains, and the places that nft(8) puts them in. */
import { UserError } from '../errors.ts';
import type { Json, Source } from '../model.ts';
import { listedObjects, objectParts, objectsIn, tableOf, withObjects } from './nft-text.ts';
import type { Texts } from './texts.ts';

export interface ChainPlace {
  family: string;
  table: string;
  chain: string;
}

function ruleObjects({ family, table, chain }: ChainPlace, rule: string, source: Source): Json[] {
  const wrapped = `table ${family} ${table} {\nchain ${chain} {\n${rule}\n}\n}`;
  const place = { ...source, line: source.line - 2 };
  return objectsIn(wrapped, place).filter((one) => objectParts(one).kind === 'rule');
}

export const isRuleOf = (object: Json, { family, table, chain }: ChainPlace): boolean => {
  const { kind, body } = objectParts(object);
  return kind === 'rule' && body.family === family && body.table === table && body.chain === chain;
};

export function requireChain(
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

/**
 * `insert rule ip nat postrouting [handle N | position N | index N] RULE`: before that rule, else before all; `add rule`:
 * behind it, else behind all; `replace rule` puts it in its place, and under its handle (seen with Linux 6.18).
 */
export function placedRule(
  texts: Texts,
  place: ChainPlace,
  verb: string,
  text: string,
  source: Source,
): Texts {
  const [, kind = '', number = '', rule = text] =
    /^(handle|position|index)\s+(\d+)\s+(.*)$/s.exec(text) ?? [];
  refuseTwins(texts, `${place.family} ${place.table}`, source);
  const list = listedObjects(texts, source);
  requireChain(list, place, texts.name, source);
  const rules = list.filter((one) => isRuleOf(one, place));
  const other =
    kind === 'index'
      ? rules[Number(number)]
      : rules.find((one) => objectParts(one).body.handle === Number(number));
  if (other === undefined && (kind !== '' || verb === 'replace'))
    throw noSuchRule(texts.name, place, `${kind || 'handle'} ${number}`, source);
  const objects = ruleObjects(place, rule, source);
  const at = other ? list.indexOf(other) : -1;
  if (verb === 'replace') {
    const { handle = null } = objectParts(list[at] ?? null).body;
    const renewed = objects.map((one): Json => ({ rule: { ...objectParts(one).body, handle } }));
    return withObjects(texts, list.toSpliced(at, 1, ...renewed));
  }
  if (verb === 'insert') {
    const [first] = rules;
    const before = at >= 0 ? at : first ? list.indexOf(first) : list.length;
    return withObjects(texts, list.toSpliced(before, 0, ...objects));
  }
  return withObjects(texts, at >= 0 ? list.toSpliced(at + 1, 0, ...objects) : [...list, ...objects]);
}

export function withoutRule(
  texts: Texts,
  place: ChainPlace,
  words: readonly string[],
  source: Source,
): Texts {
  const [kind, number] = words;
  if (kind !== 'handle' || !/^\d+$/.test(number ?? ''))
    throw new UserError('nft deletes a rule by its handle', {
      source,
      hint: 'as in: nft delete rule ip nat postrouting handle 7',
    });
  const isMeant = (one: Json) => isRuleOf(one, place) && objectParts(one).body.handle === Number(number);
  refuseTwins(texts, `${place.family} ${place.table}`, source);
  const list = listedObjects(texts, source);
  if (!list.some(isMeant)) throw noSuchRule(texts.name, place, `handle ${number}`, source);
  return withObjects(
    texts,
    list.filter((one) => !isMeant(one)),
  );
}

const noSuchRule = (name: string, { family, table, chain }: ChainPlace, which: string, source: Source) =>
  new UserError(`${name} has no rule with ${which} in ${family} ${table} ${chain}`, {
    source,
    hint: 'nft -a list ruleset shows handles',
  });

/** Refuses a table of iptables-nft, which prints more of it than nft does: changes to it are said in its words. */
export function refuseTwins(texts: Texts, table: string, source: Source): void {
  const [family, name] = table.split(' ');
  const answer = texts.get(family === 'ip6' ? 'nat.nft6' : 'nat.nft');
  if (family === 'inet' || !answer.ok || !answer.value.split('\n').includes(`*${name}`)) return;
  throw new UserError(`table ${table} of ${texts.name} is that of iptables-nft`, {
    source,
    hint: 'say the change as iptables-nft -A, -I, -D, or as iptables-save prints it',
  });
}
