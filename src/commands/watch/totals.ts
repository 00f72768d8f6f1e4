import { jsonLine } from '../../formats/json-text.ts';
import type { FleetState } from '../../watch/fleet-state.ts';
import { totalLines, totalsOf } from '../../watch/totals.ts';
import type { World } from '../lib/world.ts';
import type { ChosenCounters } from './counters.ts';
import type { WatchOutput } from './output.ts';

/** Prints what hosts say at the one time that they are asked, and nothing of rules. */
export function totalsOutput(
  format: 'table' | 'jsonl',
  { isShown, unmatched }: ChosenCounters,
  world: Pick<World, 'out' | 'err'>,
): WatchOutput {
  const watched: { state: FleetState | null } = { state: null };
  return {
    begin(state) {
      watched.state = state;
      return { quit: new AbortController().signal, show: () => {}, end: () => {} };
    },
    async report() {
      const places = watched.state?.places() ?? [];
      world.err.write(unmatched(places).join(''));
      const totals = totalsOf(places, isShown);
      await world.out.writeAll(
        format === 'jsonl' ? totals.map(jsonLine) : totalLines(totals).map((line) => `${line}\n`),
      );
    },
  };
}
