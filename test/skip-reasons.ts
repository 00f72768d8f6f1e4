import type { Reporter, TestModule } from 'vitest/node';

/** Says at the end why tests were skipped, and how many for each reason: see needs.ts. */
export default class SkipReasons implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const reasons = new Map<string, number>();
    for (const module of modules) {
      for (const test of module.children.allTests('skipped')) {
        const [, reason] = /\(skipped: (.+?)\)/.exec(test.fullName) ?? [];
        if (reason !== undefined) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
      }
    }
    if (reasons.size === 0) return;
    const lines = [...reasons].map(([reason, count]) => `  ${count}  ${reason}`);
    process.stdout.write(`Skipped here; .ci/run skips none (as root, on Debian):\n${lines.join('\n')}\n`);
  }
}
