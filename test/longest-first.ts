import type { TestSpecification } from 'vitest/node';
import { BaseSequencer } from 'vitest/node';

/** Files of tests that take a minute or so: one that begins last is waited for by all workers but its own. */
const LONGEST =
  /\/test\/(?:rules\/share-\d|watch\/sshd-watch|transports\/(?:script|sshd-watchdog)|lab\/kernel\/kernel)\.test\.ts$/;

/** Nothing but that: a fresh clone knows no times of a run before, by which vitest sorts. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification) => LONGEST.test(moduleId);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}
