import { pathType } from '../combiners/path-fact.ts';
import { type Collector, type Type, t } from '../define.ts';
import type { Scope } from '../model.ts';
import { type Grammar, grammar, type Language } from './expression.ts';

/** What rules can speak of: the facts of each scope, and the language over them. */
export interface Vocabulary {
  collectors: ReadonlyMap<string, Collector>;
  /** Facts by name. A network namespace sees those of its host, too; a path those of the namespace it ends in. */
  facts: Record<Scope, Record<string, Type>>;
  languages: Record<Scope, Language>;
  encode: Grammar['encode'];
}

/** Facts that no collector asks for: they are known before anything is asked, or come of another fact. */
const KNOWN = {
  host: t.object(
    {
      name: t.string("The inventory's name for it"),
      groups: t.list(t.string(), 'Every group it is in, without `all`'),
      vars: t.map(t.any(), "The inventory's variables that are not about connecting"),
    },
    'The host, as the inventory has it.',
  ),
  netns: t.object(
    {
      name: t.string('`init`, the name that `ip netns` has for it, or the container'),
      init: t.bool('Whether it is the one that the host itself is in'),
      processes: t.list(t.string(), 'Names of the processes in it'),
    },
    'The network namespace that is looked at.',
  ),
};

const made = new WeakMap<ReadonlyMap<string, Collector>, Vocabulary>();

/** Equal for equal collectors: rules and facts that meet must have been made by the same one. */
export function vocabularyOf(collectors: ReadonlyMap<string, Collector>): Vocabulary {
  const vocabulary = made.get(collectors) ?? makeVocabulary(collectors);
  made.set(collectors, vocabulary);
  return vocabulary;
}

function makeVocabulary(collectors: ReadonlyMap<string, Collector>): Vocabulary {
  const host: Record<string, Type> = { host: KNOWN.host };
  const netns: Record<string, Type> = { netns: KNOWN.netns };
  for (const { id, scope, type } of collectors.values()) (scope === 'host' ? host : netns)[id] = type;
  const facts = { host, netns: { ...host, ...netns }, path: { ...host, ...netns, path: pathType } };
  const { over, encode } = grammar(facts.path);
  return {
    collectors,
    facts,
    languages: {
      host: over(Object.keys(facts.host)),
      netns: over(Object.keys(facts.netns)),
      path: over(Object.keys(facts.path)),
    },
    encode,
  };
}
