import type { Finding, Line, Severity, Verdict } from '../model.ts';
import { onceFor } from '../once-for.ts';
import { fingerprintOf } from './fingerprint.ts';
import type { LoadedRule } from './rules/rules.ts';
import type { Judgement } from './verdicts.ts';

/** What is the same of a check that found nothing, whatever it was made on. */
export interface Said {
  rule: string;
  verdict: Verdict;
  severity: Severity;
}

/** One for all. */
const NO_EVIDENCE: Line[] = [];

/**
 * A check that found nothing, of which a fleet has a hundred for each host. It differs from others of its rule in its
 * subject alone: that is what it holds, the rest it is asked for. It is no plain object: it is not to be spread.
 */
export class Acquittal implements Finding {
  readonly #said: Said;
  readonly host: string;
  readonly namespace: string | null;

  constructor(said: Said, host: string, namespace: string | null) {
    this.#said = said;
    this.host = host;
    this.namespace = namespace;
  }

  get rule(): string {
    return this.#said.rule;
  }
  get verdict(): Verdict {
    return this.#said.verdict;
  }
  get severity(): Severity {
    return this.#said.severity;
  }
  get message(): string {
    return '';
  }
  get evidence(): Line[] {
    return NO_EVIDENCE;
  }
  get fingerprint(): string {
    return fingerprintOf(this.rule, this.host, this.namespace);
  }
  get path(): null {
    return null;
  }
  get foldedInto(): null {
    return null;
  }

  /** Returns it as JSON and comparisons take it: a plain finding. */
  toJSON(): Finding {
    const { rule, host, namespace, verdict, message, evidence, severity, fingerprint, path, foldedInto } =
      this;
    return { rule, host, namespace, verdict, message, evidence, severity, fingerprint, path, foldedInto };
  }
}

/** Null where there is more to tell. */
export const acquittalIn = (rule: LoadedRule, { verdict, message }: Judgement): Said | null =>
  message === '' && (verdict === 'pass' || verdict === 'not-applicable') ? saidBy(rule)[verdict] : null;

const saidBy = onceFor(({ id: rule, severity }: LoadedRule) => ({
  pass: { rule, verdict: 'pass', severity } satisfies Said,
  'not-applicable': { rule, verdict: 'not-applicable', severity } satisfies Said,
}));
