import { describe, expect, it } from 'vitest';
import { showScreen } from '../../src/commands/watch/terminal-screen.ts';
import { columns, page } from '../../src/formats/text/page.ts';
import type { Finding } from '../../src/model.ts';
import { eventText } from '../../src/watch/event-lines.ts';
import type { FleetState } from '../../src/watch/fleet-state.ts';
import { addTick, beginGrowth } from '../../src/watch/growth.ts';
import { drawScreen, type ScreenState } from '../../src/watch/screen.ts';
import { FIRST_VIEW, pressed, screenRows, type View } from '../../src/watch/screen-rows.ts';
import { sparkline } from '../../src/watch/sparkline.ts';
import type { PlaceState } from '../../src/watch/together.ts';

const SIZE = { columns: 80, rows: 24, bars: 'blocks' } as const;
const plain = page({ color: false, all: false, width: 80 });

function place(host: string, namespace: string, amounts: Record<string, number[]>): PlaceState {
  const totals = new Map(Object.keys(amounts).map((name) => [name, 0]));
  const readings = () =>
    new Map([...totals].map(([name, value]) => [name, { value: BigInt(value), kind: 'counter' as const }]));
  let growth = beginGrowth(readings());
  for (let i = 0; i < Object.values(amounts)[0]!.length; i++) {
    for (const [name, series] of Object.entries(amounts)) totals.set(name, totals.get(name)! + series[i]!);
    growth = addTick(growth, readings(), { at: i * 1000, seconds: 1 }).growth;
  }
  return { host, namespace, inode: '1', growth, isThere: true };
}

const finding = (host: string, message = 'it drops'): Finding => ({
  rule: 'CT003',
  host,
  namespace: 'init',
  verdict: 'fail',
  severity: 'error',
  message,
  evidence: [],
  fingerprint: host,
  path: null,
  foldedInto: null,
});

const PLACES = [
  place('web', 'init', { 'Tcp.InSegs': [90, 80], TCPTimeouts: [0, 2], ListenDrops: [3, 9] }),
  place('db', 'pod', { PAWSPassive: [0, 700_000], TCPOFOQueue: [1, 0] }),
];

const STATE: ScreenState = {
  elapsed: 83_000,
  every: '1s',
  hosts: 3,
  places: PLACES,
  lost: new Map([['gone', 'it does not answer']]),
  findings: [{ finding: finding('web'), since: Date.UTC(2026, 0, 1, 2, 3, 4), until: 0 }],
  together: [
    { kind: 'lockstep', at: PLACES[1]!, counters: ['ListenDrops', 'PAWSPassive'], windows: 4, growth: 12 },
  ],
  titles: new Map([['CT003', 'Connection tracking is dropping packets']]),
  news: '',
};

const shownBy = (view: View, state = STATE) =>
  drawScreen(state, screenRows(state.places, view, null, 16), view, SIZE, plain);
const namesIn = (view: View) =>
  screenRows(PLACES, view, null, 16).map(({ place, counter }) => `${place} ${counter}`);

describe('the screen', () => {
  it('shows findings, what goes together, and what moves, worst first', () => {
    expect(shownBy(FIRST_VIEW).map((line) => line.trimEnd())).toMatchInlineSnapshot(`
      [
        "twlint watch  1:23  3 hosts (1 not seen), 2 namespaces, every 1s",
        "gone is not seen: it does not answer",
        "error[CT003] 02:03:04 web/init: Connection tracking is dropping packets",
        "db/pod +12 in 4 windows: ListenDrops = PAWSPassive",
        "  per s   growth  last windows      where                     counter",
        ">  700k    +700k                 █  db/pod                    PAWSPassive",
        "      9      +12                ▃█  web/init                  ListenDrops",
        "      2       +2                 █  web/init                  TCPTimeouts",
        "      0       +1                █   db/pod                    TCPOFOQueue",
        "",
        "",
        "",
        "",
        "",
        "",
        "",
        "",
        "",
        "",
        "",
        "",
        "PAWSPassive: SYNs dropped since tcp_tw_recycle found their timestamp too old",
        "",
        "up/down select  enter open  / filter  a traffic, too  p pause  q quit",
      ]
    `);
  });

  it.each([
    ['much to show', STATE],
    [
      'hosts that choose their names',
      {
        ...STATE,
        places: [place('\x1b[2J\u202e', '网'.repeat(60), { ListenDrops: [1], ['X'.repeat(90)]: [3] })],
        findings: [{ finding: finding('\x07'.repeat(80)), since: 0, until: 0 }],
      },
    ],
    [
      'more than there is room for',
      {
        ...STATE,
        places: Array.from({ length: 50 }, (_, i) => place(`h${i}`, 'init', { ListenDrops: [1] })),
        findings: Array.from({ length: 30 }, (_, i) => ({ finding: finding(`h${i}`), since: i, until: 0 })),
      },
    ],
    ['nothing', { ...STATE, places: [], findings: [], together: [] }],
  ])('fits the terminal with %s', (_, state) => {
    for (const view of [
      FIRST_VIEW,
      { ...FIRST_VIEW, isAll: true, selected: 40 },
      { ...FIRST_VIEW, opened: 'web/init' },
    ]) {
      const lines = shownBy(view, state as ScreenState);
      expect(lines).toHaveLength(24);
      expect(lines.filter((line) => columns(line) > 80 || /\p{Cc}/u.test(line))).toEqual([]);
    }
  });

  it.each([8, 10, 12, 16, 24, 40])('of %i lines has counters and keys, whatever is above them', (rows) => {
    const many = Array.from({ length: 30 }, (_, i) => `h${i}`);
    const state: ScreenState = {
      ...STATE,
      places: many.map((name) => place(name, 'init', { ListenDrops: [1, 2] })),
      lost: new Map(many.map((name) => [`${name}-gone`, 'it does not answer'])),
      findings: many.map((name, i) => ({ finding: finding(name), since: i, until: 0 })),
      together: many.map(() => STATE.together[0]!),
    };
    const shown = screenRows(state.places, FIRST_VIEW, null, 16);
    const lines = drawScreen(state, shown, FIRST_VIEW, { ...SIZE, rows }, plain);
    expect(lines).toHaveLength(rows);
    expect(lines.at(-1)).toContain('q quit');
    expect(
      lines.filter((line) => line.includes('ListenDrops') && line.includes('/init ')).length,
    ).toBeGreaterThanOrEqual(3);
    expect(lines.some((line) => line.startsWith('error[CT003]'))).toBe(rows >= 12);
  });

  it('hides traffic until it is asked for', () => {
    expect(namesIn(FIRST_VIEW)).toEqual([
      'db/pod PAWSPassive',
      'web/init ListenDrops',
      'web/init TCPTimeouts',
      'db/pod TCPOFOQueue',
    ]);
    expect(namesIn({ ...FIRST_VIEW, isAll: true }).at(-1)).toBe('web/init Tcp.InSegs');
  });

  it('takes keys', () => {
    const rows = screenRows(PLACES, FIRST_VIEW, null, 16);
    const viewAfter = (...keys: string[]) =>
      keys.reduce<View>((view, key) => pressed(view, key, rows) ?? view, FIRST_VIEW);
    expect(namesIn(viewAfter('/', 'p', 'a', 'w', 's', '\r'))).toEqual(['db/pod PAWSPassive']);
    expect(namesIn(viewAfter('/', 'd', 'b', '\r'))).toEqual(['db/pod PAWSPassive', 'db/pod TCPOFOQueue']);
    expect(namesIn(viewAfter('\r'))).toEqual(['db/pod PAWSPassive', 'db/pod TCPOFOQueue']);
    expect(viewAfter('j', '\r', '\r')).toEqual(FIRST_VIEW);
    expect(viewAfter('k', 'j', 'j', 'j', 'j', 'j', '\x1b[A').selected).toBe(2);
    expect(viewAfter('p').isPaused).toBe(true);
    expect(pressed(FIRST_VIEW, 'q', rows)).toBeNull();
    expect(pressed(viewAfter('/'), 'q', rows)).toMatchObject({ filter: 'q' });
  });

  it('is given back when somebody quits', async () => {
    let press = (_: string) => {};
    let written = '';
    let isGivenBack = false;
    const terminal = {
      size: () => ({ columns: 80, rows: 24 }),
      isUnicode: false,
      takeOver: (onKey: (key: string) => void) => {
        press = onKey;
        return () => {
          isGivenBack = true;
        };
      },
    };
    const out = {
      write: (text: string) => {
        written += text;
      },
      writeAll: async () => {},
      columns: 80,
      color: false,
    };
    const state = { places: () => PLACES, lost: () => new Map(), open: () => [], together: () => [] };
    const about = { every: '1s', hosts: 1, rules: [] };
    const counters = { isShown: () => true, isByPattern: false, unmatched: () => [] };
    const showing = showScreen(terminal, state as unknown as FleetState, about, counters, { out });
    await expect.poll(() => written).toContain('ListenDrops');
    expect(written).not.toMatch(/\P{ASCII}/u);
    press('q');
    expect(showing.quit.aborted).toBe(true);
    showing.end();
    expect(isGivenBack).toBe(true);
  });
});

it.each([
  [[0, 1, 8, 4], ' ▁█▄'],
  [[0, 0], '  '],
  [[1, 100_000], '▁█'],
])('%j is drawn as "%s"', (amounts, drawn) => {
  expect(sparkline(amounts, amounts.length, 'blocks')).toBe(drawn);
});

it('what a host says is escaped in lines, too', () => {
  const event = {
    kind: 'host',
    at: 0,
    place: { host: 'a\x1b', namespace: null },
    what: { state: 'lost', reason: '\x1b[31m', isFinal: true },
  } as const;
  expect(eventText(event, () => true)).toEqual([
    '00:00:00  a\\x1b  is not seen, and not tried again: \\x1b[31m',
  ]);
});
