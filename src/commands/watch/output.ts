/** The outputs of a watch: lines of JSON, lines of text, or a screen. */
import { jsonReport } from '../../formats/json.ts';
import { jsonLine } from '../../formats/json-text.ts';
import { text } from '../../formats/text.ts';
import type { Report } from '../../model.ts';
import { eventObject, eventText } from '../../watch/event-lines.ts';
import type { FleetState } from '../../watch/fleet-state.ts';
import type { WatchEvent } from '../../watch/host-state.ts';
import type { World } from '../lib/world.ts';
import type { ChosenCounters } from './counters.ts';
import type { Showing, WatchAbout } from './showing.ts';
import { showScreen } from './terminal-screen.ts';

export interface WatchOutput {
  begin(state: FleetState, about: WatchAbout): Showing;
  report(report: Report): Promise<void>;
}

export function outputFor(format: 'table' | 'jsonl', counters: ChosenCounters, world: World): WatchOutput {
  const { isShown } = counters;
  if (format === 'jsonl')
    return {
      begin: lines(world, counters, (event) => {
        const object = eventObject(event, isShown);
        return object === null ? '' : jsonLine(object);
      }),
      report: async (report) =>
        world.out.write(jsonLine({ kind: 'report', report: jsonReport(report, true) })),
    };
  const width = world.out.columns ?? 100;
  const { terminal = null } = world;
  return {
    begin:
      terminal !== null
        ? (state, about) => showScreen(terminal, state, about, counters, world)
        : lines(world, counters, (event) =>
            eventText(event, isShown)
              .map((line) => `${line}\n`)
              .join(''),
          ),
    report: async (report) => {
      world.out.write('\n');
      await world.out.writeAll(text(report, { all: false, category: null, width, color: world.out.color }));
    },
  };
}

function lines(
  world: World,
  { unmatched }: ChosenCounters,
  toText: (event: WatchEvent) => string,
): WatchOutput['begin'] {
  const never = new AbortController();
  return (state) => {
    let isTold = false;
    const show = (events: readonly WatchEvent[]) => {
      world.out.write(events.map(toText).join(''));
      const wrong = isTold ? [] : unmatched(state.places());
      isTold ||= wrong.length > 0;
      world.err.write(wrong.join(''));
    };
    return { quit: never.signal, show, end: () => {} };
  };
}
