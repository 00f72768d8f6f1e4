import type { Reporter, TestCase, TestModule } from 'vitest/node';

/**
 * Says at the end why tests were skipped: see needs.ts. Under TWLINT_CI=1 a run that skips any of them, for whatever
 * reason, fails.
 */
export default class SkipReasons implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const skipped = modules.flatMap((module) => [...module.children.allTests('skipped')]);
    if (process.env.TWLINT_CI === '1' && skipped.length > 0) {
      process.exitCode = 1;
      process.stdout.write(`TWLINT_CI=1 skips nothing, and these were:\n${skipped.map(placeOf).join('')}`);
    } else process.stdout.write(reasonsFor(skipped));
  }
}

const placeOf = ({ module, fullName }: TestCase): string => `  ${module.relativeModuleId}: ${fullName}\n`;

function reasonsFor(skipped: readonly TestCase[]): string {
  const reasons = new Map<string, number>();
  for (const { fullName } of skipped) {
    const [, reason] = /\(skipped: (.+?)\)/.exec(fullName) ?? [];
    if (reason !== undefined) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  }
  if (reasons.size === 0) return '';
  const lines = [...reasons].map(([reason, count]) => `  ${count}  ${reason}\n`);
  return `Groups of tests skipped here; .ci/run skips none (as root, on Debian):\n${lines.join('')}`;
}
