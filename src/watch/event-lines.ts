/** Prints the events of a watch as lines: of JSON for programs, of text for people. Pure. */
import { printable, sentence } from '../formats/printable.ts';
import { type CounterWeight, meaningOf, weightOf } from '../network/counter-meanings.ts';
import { clockTime } from './clock-time.ts';
import { type Growth, type Remark, rateOf, seriesOf } from './growth.ts';
import type { HostChange, WatchEvent } from './host-state.ts';
import { sparkline } from './sparkline.ts';
import type { Place, Together } from './together.ts';

/** Returns the object that stands for an event; null: there is nothing to tell. */
export function eventObject(event: WatchEvent, isShown: (counter: string) => boolean): object | null {
  const at = new Date(event.at).toISOString();
  switch (event.kind) {
    case 'window': {
      const { place, growth } = event;
      const counters = moving(growth).filter(isShown);
      if (counters.length === 0) return null;
      const seconds = growth.windows.at(-1)?.seconds ?? 0;
      return {
        kind: 'window',
        at,
        ...place,
        seconds,
        counters: Object.fromEntries(counters.map((name) => [name, countOf(growth, name)])),
      };
    }
    case 'namespace':
      return { kind: 'namespace', at, ...event.place, state: event.what };
    case 'counter':
      return isShown(event.remark.counter)
        ? { kind: 'counter', at, ...event.place, counter: event.remark.counter, state: event.remark.what }
        : null;
    case 'host':
      return { kind: 'host', at, host: event.place.host, ...event.what };
    case 'finding': {
      const { live, state } = event;
      const [since, until] = [live.since, live.until].map((time) => new Date(time).toISOString());
      return { kind: 'finding', at, state, since, until, ...live.finding };
    }
    case 'together': {
      const { kind, at: place, ...about } = event.together;
      return { kind, at, ...place, ...about, text: togetherText(event.together) };
    }
  }
}

function countOf(growth: Growth, counter: string) {
  const counting = growth.countings.get(counter);
  const newest = growth.windows.at(-1);
  return {
    growth: newest?.growth.get(counter) ?? 0,
    rate: Math.round(rateOf(growth, counter) * 100) / 100,
    grown: counting?.grown ?? 0,
    total: Number(counting?.last ?? 0n),
    weight: weightOf(counter),
  };
}

/** Returns the counters that grew in the newest window. */
const moving = ({ windows }: Growth): string[] => [...(windows.at(-1)?.growth.keys() ?? [])];

/** `12:03:04 host-3/init  ListenDrops  +12  12/s ...` */
export function eventText(event: WatchEvent, isShown: (counter: string) => boolean): string[] {
  const time = clockTime(event.at);
  switch (event.kind) {
    case 'window': {
      const { place, growth } = event;
      return moving(growth)
        .filter(isShown)
        .sort(byWeight)
        .map((counter) => `${time}  ${placeName(place)}  ${counterText(growth, counter)}`);
    }
    case 'namespace':
      return [`${time}  ${placeName(event.place)}  ${NAMESPACE_TEXTS[event.what]}`];
    case 'counter':
      return isShown(event.remark.counter)
        ? [
            `${time}  ${placeName(event.place)}  ${printable(event.remark.counter)} ${REMARK_TEXTS[event.remark.what]}`,
          ]
        : [];
    case 'host':
      return [`${time}  ${printable(event.place.host)}  ${hostText(event.what)}`];
    case 'finding': {
      const { finding, since, until } = event.live;
      const where = placeName(finding);
      const along = finding.path === null ? '' : ` (${printable(finding.path.name)})`;
      if (event.state === 'unseen')
        return [
          `${time}  ${where}  ${finding.rule}: whether it goes on is not known: the host is not seen${along}`,
        ];
      if (event.state === 'ended')
        return [
          `${clockTime(until)}  ${where}  ${finding.rule} has ended: it began at ${clockTime(since)}${along}`,
        ];
      return [
        `${time}  ${where}  ${finding.severity}[${finding.rule}]: ${sentence(finding.message)}${along}`,
      ];
    }
    case 'together':
      return [`${time}  ${placeName(event.together.at)}  ${togetherText(event.together)}`];
  }
}

function counterText(growth: Growth, counter: string): string {
  const { growth: by, rate, grown } = countOf(growth, counter);
  const meaning = meaningOf(counter)?.meaning;
  const name = printable(counter);
  const bars = sparkline(seriesOf(growth, counter, 10), 10, 'blocks');
  return `${name}  +${by}  ${amount(rate)}/s  +${grown} in all  ${bars.trimStart()}${meaning === undefined ? '' : `  ${meaning}`}`;
}

const NAMESPACE_TEXTS = {
  came: 'this network namespace began: its counters are watched; rules are tried on it as soon as it was asked',
  tried: 'this network namespace was asked: rules are tried on it from now on',
  went: 'this network namespace has ended',
  unwatched: 'this network namespace has no process, and none of ours could be put there: it is not watched',
} as const;

function hostText(change: HostChange): string {
  switch (change.state) {
    case 'lost': {
      const next = change.isFinal ? 'not tried again' : 'will be tried again';
      return `is not seen, and ${next}: ${sentence(change.reason)}`;
    }
    case 'came':
      return `is watched from now on: it was not seen for ${change.seconds} s`;
    case 'back': {
      const { seconds, rebooted } = change;
      const boot =
        rebooted === null
          ? '; it is not known whether it was booted anew'
          : rebooted
            ? '; it was booted anew'
            : '';
      return `is watched again after ${seconds} s${boot}: what its counters did meanwhile is not shown`;
    }
  }
}

const REMARK_TEXTS: Record<Remark['what'], string> = {
  restarted: 'went down: it was restarted, and its growth in this window is not known',
  wrapped: 'went past 32 bits',
  appeared: 'is counted from now on',
};

/** `PAWSPassive = ListenDrops (+12 each, 4 windows)` */
export function togetherText(together: Together): string {
  switch (together.kind) {
    case 'lockstep': {
      const { counters, growth, windows } = together;
      return `${counters.map(printable).join(' = ')} (+${growth} each, ${windows} windows)`;
    }
    case 'subset': {
      const { part, whole, partGrowth, wholeGrowth, windows } = together;
      return `${part} within ${whole} (${partGrowth} of ${wholeGrowth}, ${windows} windows)`;
    }
    case 'joined': {
      const { server, client, serverGrowth, clientGrowth, windows, clients, hasPath } = together;
      const path = hasPath ? '' : '; no path between them is known';
      const where = clients.map(placeName).join(', ');
      return `${server} here, ${client} on ${where} (+${serverGrowth}, +${clientGrowth}; ${windows} windows${path})`;
    }
  }
}

export const placeName = ({ host, namespace }: Place): string =>
  printable(namespace === null ? host : `${host}/${namespace}`);

/** Writes a number in at most six characters: `0.5`, `312`, `48.2k`. */
export function amount(value: number): string {
  if (value < 10 && !Number.isInteger(value)) return value.toFixed(1);
  if (value < 10_000) return `${Math.round(value)}`;
  const units = ['k', 'M', 'G', 'T', 'P'];
  let scaled = value;
  let unit = '';
  for (const next of units) {
    if (scaled < 1000) break;
    scaled /= 1000;
    unit = next;
  }
  return `${scaled < 100 ? scaled.toFixed(1) : Math.round(scaled)}${unit}`;
}

const WEIGHTS: readonly CounterWeight[] = ['loss', 'trouble', 'event', 'traffic'];

/** Returns how bad it is that a counter grows; 0: worst. */
export const rankOf = (counter: string): number => WEIGHTS.indexOf(weightOf(counter));

/** Compares counters by what they mean, worst first, then by name. */
export const byWeight = (a: string, b: string): number =>
  rankOf(a) - rankOf(b) || (a < b ? -1 : Number(a > b));
