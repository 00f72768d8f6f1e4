import type { TestSpecification } from 'vitest/node';
import { BaseSequencer } from 'vitest/node';

/** Files of tests that take half a minute or so: one that begins last is waited for by all workers but its own. */
const LONGEST = [
  ...['rules/share-1', 'rules/share-2', 'field/field', 'watch/sshd-watch', 'network/large-hosts'],
  ...[
    'transports/hostile-bounds',
    'transports/canaries',
    'transports/sshd-watchdog',
    'lab/kernel/kernel',
    'lab/intents/intents',
  ],
  ...['collectors/adversarial', 'collectors/keepalived-live', 'transports/script-limits', 'lab/timestamps'],
].map((name) => `/test/${name}.test.ts`);

/** A fresh clone knows no times of a run before, by which vitest sorts. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    // files that share a worker do so while they follow each other
    const rank = ({ moduleId, project }: TestSpecification) =>
      LONGEST.some((name) => moduleId.endsWith(name)) ? 0 : project.config.isolate ? 1 : 2;
    return sorted.toSorted((a, b) => rank(a) - rank(b));
  }
}
