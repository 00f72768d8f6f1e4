/** Tries intents on the evidence that their tests name. */
import { refuseElsewhere } from '../evaluate/recorded-evidence.ts';
import type { FleetOfRun } from './fleet-names.ts';
import type { Intent, IntentTest, IntentVerdict } from './intent.ts';
import { tryIntent, verdictOf } from './try-intent.ts';

/** The outcome of one test of an intent. */
export interface IntentTestResult {
  name: string;
  ok: boolean;
  /** The verdict that was expected and the one that came instead; empty when they agree. */
  detail: string;
}

/** Runs the tests inside an intent. `fleetOf` reads a folder of recorded evidence. */
export function runIntentTests(intent: Intent, fleetOf: (folder: string) => FleetOfRun): IntentTestResult[] {
  return intent.tests.map((test) => {
    const detail = differenceIn(intent, test, fleetOf);
    return { name: test.name, ok: detail === '', detail };
  });
}

function differenceIn(intent: Intent, test: IntentTest, fleetOf: (folder: string) => FleetOfRun): string {
  refuseElsewhere(test);
  const tried = tryIntent(intent, fleetOf(test.folder));
  const verdict = verdictOf(tried);
  if (verdict === test.verdict) return '';
  const reasons = [...tried.broken, ...tried.undecided].map(({ why }) => why);
  const because = reasons.length === 0 ? '' : `: ${[...new Set(reasons)].slice(0, FEW).join('; ')}`;
  return `expected ${WORDS[test.verdict]}, got ${WORDS[verdict]}${because}`;
}

const WORDS: Record<IntentVerdict, string> = { held: 'held', violated: 'violated', unknown: 'not known' };

/** The most reasons that are told of a verdict that was not expected. */
const FEW = 3;
