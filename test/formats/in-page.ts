/** Questions that tests ask a page, as its browser runs them. */

/** Returns the ground's colour, and texts whose contrast to what is behind them is below 4.5 (WCAG 2.2, 1.4.3). */
export const CONTRASTS = `(() => {
  const rgb = (color) => color.match(/[\\d.]+/g).map(Number);
  const light = (color) => {
    const [r, g, b] = rgb(color).map((one) => one / 255).map((one) => (one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (element) => {
    const { backgroundColor } = getComputedStyle(element);
    return rgb(backgroundColor)[3] === 0 && element.parentElement ? ground(element.parentElement) : backgroundColor;
  };
  const faint = [...document.querySelectorAll('body *')]
    .filter((one) => [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim() !== ''))
    .filter((one) => one.checkVisibility() && !['SCRIPT', 'OPTION'].includes(one.tagName))
    .filter((one) => {
      const [a, b] = [light(getComputedStyle(one).color), light(ground(one))];
      return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05) < 4.5;
    });
  return [getComputedStyle(document.body).backgroundColor, faint.map((one) => one.tagName + '.' + one.className)];
})()`;

/** Counts the nodes that are outside of their drawing, lie upon each other, or whose text is wider than they. */
export const OVERLAPS = `(() => {
    const wrong = [...document.querySelectorAll('svg')].map((svg) => {
      const frame = svg.getBoundingClientRect();
      const boxes = [...svg.querySelectorAll('g.node')].map((one) => one.getBoundingClientRect());
      const outside = boxes.filter((one) => one.left < frame.left || one.right > frame.right || one.bottom > frame.bottom);
      const pairs = boxes.flatMap((a, i) => boxes.slice(i + 1).filter((b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom));
      return outside.length + pairs.length;
    });
    const wide = [...document.querySelectorAll('svg g.node')].filter((one) => one.getBoundingClientRect().width > one.querySelector('rect').getBoundingClientRect().width + 1);
    return wrong.reduce((a, b) => a + b, wide.length);
  })()`;
