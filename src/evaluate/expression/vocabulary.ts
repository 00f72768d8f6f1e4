import type { Collector, Type } from '../../define.ts';
import type { DerivedFact } from '../../define-derived.ts';
import * as known from '../../derived/known.ts';
import { pathType } from '../../fleet/path-fact.ts';
import { sendersType } from '../../fleet/senders-fact.ts';
import { vrrpType } from '../../fleet/vrrp-fact.ts';
import { WALKED_FACTS } from '../../fleet/walked-facts.ts';
import type { Scope } from '../../model.ts';
import { onceFor } from '../../once-for.ts';
import { wordTable } from '../../word-table.ts';
import { derivable, typeOf } from '../facts/derive.ts';
import { type Grammar, grammar, type Language } from './expression.ts';

/** The vocabulary of rules: the facts of each scope, and the language over them. */
export interface Vocabulary {
  collectors: ReadonlyMap<string, Collector>;
  /** Facts that follow from theirs. */
  derived: readonly DerivedFact[];
  /** Facts by name. A network namespace sees those of its host, too; a path those of the namespace it ends in. */
  facts: Record<Scope, Readonly<Record<string, Type>>>;
  languages: Record<Scope, Language>;
  encode: Grammar['encode'];
}

/** Returns equal vocabularies for equal collectors: rules and facts that meet must have been made by the same one. */
export const buildVocabulary = onceFor(
  (collectors: ReadonlyMap<string, Collector>): Vocabulary => makeVocabulary(collectors),
);

function makeVocabulary(collectors: ReadonlyMap<string, Collector>): Vocabulary {
  const derived = derivable(collectors);
  const host: Record<string, Type> = { host: known.host.type };
  const netns: Record<string, Type> = { netns: known.netns.type };
  for (const [id, { type }] of WALKED_FACTS) netns[id] = type;
  for (const { id, scope, type } of collectors.values()) (scope === 'host' ? host : netns)[id] = type;
  for (const fact of derived) (fact.scope === 'host' ? host : netns)[fact.id] = typeOf(fact);
  const facts = {
    host: wordTable({ ...host, vrrp: vrrpType }),
    netns: wordTable({ ...host, ...netns }),
    path: wordTable<Type>({ ...host, ...netns, path: pathType, senders: sendersType }),
  };
  const { over, encode } = grammar({ ...facts.path, ...facts.host });
  return {
    collectors,
    derived,
    facts,
    languages: {
      host: over(Object.keys(facts.host)),
      netns: over(Object.keys(facts.netns)),
      path: over(Object.keys(facts.path)),
    },
    encode,
  };
}
