import type { Progress } from '../collect/fleet.ts';
import { sentence } from '../formats/printable.ts';
import type { HostEvidence } from '../model.ts';
import type { Stream } from './world.ts';

export interface ShownProgress extends Progress {
  end(): void;
}

/** How far a run is: one line that is rewritten on a terminal, a line for each failure elsewhere. */
export function showProgress(total: number, err: Stream, quiet: boolean): ShownProgress {
  if (quiet) return { begun: () => {}, done: () => {}, end: () => {} };
  const started = Date.now();
  const count = { done: 0, failed: 0, running: 0 };
  const elapsed = () => `${((Date.now() - started) / 1000).toFixed(1)} s`;
  const onTerminal = err.columns !== null;
  const draw = () => {
    const failed = count.failed > 0 ? `, ${count.failed} failed` : '';
    err.write(`\r\x1b[K${count.done}/${total} hosts${failed}, ${count.running} running, ${elapsed()}`);
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
      if (!onTerminal) err.write(`twlint: ${host.name}: ${sentence(reached.reason)}\n`);
    },
    end() {
      if (timer) clearInterval(timer);
      if (onTerminal) err.write('\r\x1b[K');
      else err.write(`twlint: asked ${total} hosts in ${elapsed()}, ${count.failed} failed\n`);
    },
  };
}
