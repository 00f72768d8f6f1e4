/** Shows a watch on the whole of a terminal, and takes its keys. */
import { page } from '../../formats/text/page.ts';
import { eventText } from '../../watch/event-lines.ts';
import type { FleetState } from '../../watch/fleet-state.ts';
import { drawScreen, type ScreenState } from '../../watch/screen.ts';
import { FIRST_VIEW, pressed, screenRows, type View } from '../../watch/screen-rows.ts';
import type { Terminal, World } from '../lib/world.ts';
import type { ChosenCounters } from './counters.ts';
import type { Showing, WatchAbout } from './showing.ts';

/** Milliseconds between two drawings, at the least. */
const DRAW_EVERY = 100;

export function showScreen(
  terminal: Terminal,
  state: FleetState,
  { every, hosts, rules }: WatchAbout,
  counters: ChosenCounters,
  { out }: Pick<World, 'out'>,
): Showing {
  const quit = new AbortController();
  const titles = new Map(rules.map(({ id, title }) => [id, title]));
  const began = Date.now();
  const isChosen = counters.isByPattern ? counters.isShown : null;
  const bars = terminal.isUnicode ? 'blocks' : 'ascii';
  let view: View = FIRST_VIEW;
  let news = '';
  let timer: NodeJS.Timeout | null = null;

  const look = (): ScreenState => ({
    elapsed: Date.now() - began,
    every,
    hosts,
    places: state.places().map((place) => ({ ...place })),
    lost: state.lost(),
    findings: state.open(),
    together: state.together(),
    titles,
    news,
  });
  let shown = look();
  const rowsNow = () => screenRows(shown.places, view, isChosen, 16);
  const draw = () => {
    timer = null;
    if (!view.isPaused) shown = look();
    const rows = rowsNow();
    view = { ...view, selected: Math.max(0, Math.min(view.selected, rows.length - 1)) };
    const size = { ...terminal.size(), bars } as const;
    const lines = drawScreen(
      shown,
      rows,
      view,
      size,
      page({ color: out.color, all: false, width: size.columns }),
    );
    out.write(`\x1b[H${lines.map((line) => `${line}\x1b[K`).join('\r\n')}\x1b[J`);
  };
  const drawSoon = () => {
    timer ??= setTimeout(draw, DRAW_EVERY);
  };
  const giveBack = terminal.takeOver((key) => {
    const next = pressed(view, key, rowsNow());
    if (next === null) quit.abort();
    else view = next;
    drawSoon();
  }, drawSoon);
  drawSoon();
  return {
    quit: quit.signal,
    show(events) {
      const reported = events.filter(({ kind }) => kind !== 'window' && kind !== 'counter');
      const [wrong] =
        counters.isByPattern && rowsNow().length === 0 ? counters.unmatched(state.places()) : [];
      news =
        wrong?.trim().replace(/\n +/, '; ') ??
        reported.flatMap((event) => eventText(event, counters.isShown)).at(-1) ??
        news;
      drawSoon();
    },
    end() {
      if (timer !== null) clearTimeout(timer);
      giveBack();
    },
  };
}
