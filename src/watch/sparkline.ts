const BARS = '▁▂▃▄▅▆▇█';
const ASCII_BARS = '_.:-=+*#';

/** Draws amounts as bars: a blank for none, so that a single event is seen beside a flood. */
export function sparkline(amounts: readonly number[], width: number, bars: 'blocks' | 'ascii'): string {
  const shown = amounts.slice(-width);
  const most = Math.max(...shown, 1);
  const levels = bars === 'blocks' ? BARS : ASCII_BARS;
  const bar = (amount: number) =>
    amount <= 0 ? ' ' : (levels[Math.ceil((amount / most) * levels.length) - 1] ?? ' ');
  return shown.map(bar).join('').padStart(width);
}
