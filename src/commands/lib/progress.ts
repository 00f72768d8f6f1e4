import type { Progress } from '../../collect/fleet.ts';
import { counted, printable, sentence } from '../../formats/printable.ts';
import type { HostEvidence } from '../../model.ts';
import type { Stream } from './world.ts';

export interface ShownProgress extends Progress {
  end(): void;
}

/**
 * Shows the progress of a run: one line that is rewritten on a terminal, elsewhere a line for each kind of failure. A
 * cause that many hosts share, as a bastion that is down, is reported with the first of them, and at the end how many
 * more there were.
 */
export function showProgress(total: number, err: Stream, quiet: boolean): ShownProgress {
  if (quiet) return { begun: () => {}, done: () => {}, end: () => {} };
  const started = Date.now();
  const count = { done: 0, failed: 0, running: 0 };
  const hostsOf = new Map<string, string[]>();
  const elapsed = () => `${((Date.now() - started) / 1000).toFixed(1)} s`;
  const onTerminal = err.columns !== null;
  const draw = () => {
    const failed = count.failed > 0 ? `, ${count.failed} failed` : '';
    const running = count.running > 0 ? `, ${count.running} running` : '';
    err.write(`\r\x1b[K${count.done}/${total} hosts${failed}${running}, ${elapsed()}`);
  };
  const timer = onTerminal ? setInterval(draw, 200) : null;
  return {
    begun() {
      count.running++;
    },
    done({ host, reached }: HostEvidence) {
      count.running--;
      count.done++;
      if (reached.ok) return;
      count.failed++;
      const alike = hostsOf.get(reached.reason) ?? [];
      hostsOf.set(reached.reason, [...alike, host.name]);
      if (!onTerminal && alike.length === 0)
        err.write(`twlint: ${printable(host.name)}: ${sentence(reached.reason)}\n`);
    },
    end() {
      if (timer) clearInterval(timer);
      if (onTerminal) {
        err.write('\r\x1b[K');
        return;
      }
      for (const [first = '', ...more] of hostsOf.values())
        if (more.length > 0) err.write(moreMessage(first, more));
      err.write(`twlint: asked ${counted(count.done, 'host')} in ${elapsed()}, ${count.failed} failed\n`);
    },
  };
}

function moreMessage(first: string, more: string[]): string {
  const named = more.length > 3 ? '' : ` (${printable(more.join(', '))})`;
  return `twlint: the same as ${printable(first)}: ${counted(more.length, 'more host')}${named}\n`;
}
