/** Where a watch is shown: lines of JSON, lines of text, or a screen. */
import { jsonLine } from '../../formats/json-text.ts';
import { text } from '../../formats/text.ts';
import type { Report } from '../../model.ts';
import { eventObject, eventText } from '../../watch/event-lines.ts';
import type { FleetState, WatchEvent } from '../../watch/fleet-state.ts';
import type { World } from '../lib/world.ts';

export interface Showing {
  /** Aborted when the person at the terminal has seen enough. */
  quit: AbortSignal;
  show(events: readonly WatchEvent[]): void;
  end(): void;
}

export interface WatchOutput {
  begin(state: FleetState, about: { every: number; hosts: number }): Showing;
  report(report: Report): Promise<void>;
}

export function outputFor(
  format: 'table' | 'jsonl',
  isShown: (counter: string) => boolean,
  world: World,
): WatchOutput {
  const never = new AbortController().signal;
  const lines = (toText: (event: WatchEvent) => string): WatchOutput['begin'] => {
    const show = (events: readonly WatchEvent[]) => world.out.write(events.map(toText).join(''));
    return () => ({ quit: never, show, end: () => {} });
  };
  if (format === 'jsonl')
    return {
      begin: lines((event) => {
        const object = eventObject(event, isShown);
        return object === null ? '' : jsonLine(object);
      }),
      report: async (report) => world.out.write(jsonLine({ kind: 'report', report })),
    };
  const width = world.out.columns ?? 100;
  return {
    begin: lines((event) =>
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
