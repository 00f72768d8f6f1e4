/** What a change does, drawn as a page, as a browser shows it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type BrowserPage, type Chromium, startChromium } from '../../bench/chromium.mjs';
import { readSnapshot } from '../../src/collect/snapshot.ts';
import { collectors } from '../../src/collectors/index.ts';
import { placeNamed } from '../../src/commands/plan/place.ts';
import { compareChange } from '../../src/compare/change-diff.ts';
import { diffHtml } from '../../src/formats/html/diff-page.ts';
import { overlaid } from '../../src/plan/overlay.ts';
import { readProposal } from '../../src/plan/proposal.ts';
import { describeWhere } from '../needs.ts';
import { temporaryFolder } from '../temporary.ts';
import { CONTRASTS, OVERLAPS } from './in-page.ts';

const HOSTILE = '<img src=x onerror=alert(1)>';
const CHANGES = [
  // of several real servers chance takes one; and what a rule drops ends on its way
  'ipvsadm -a -t 192.168.128.5:5432 -r 10.244.3.28:5432 -m',
  `iptables -A FORWARD -p tcp --dport 80 -m comment --comment "${HOSTILE}" -j DROP`,
];

function drawn(): string {
  const before = readSnapshot(join(import.meta.dirname, '../../inventories/demo'));
  const { host, place } = placeNamed('s2', before.hosts);
  const changed = overlaid(
    host,
    place,
    CHANGES.flatMap((text) => readProposal(text, '--with')),
  );
  const tool = { name: 'twlint', version: '0' };
  return diffHtml(compareChange(before, new Map([[host, changed]]), [], collectors, tool, { isDrawn: true }));
}

describeWhere({ programs: ['chromium'] }, 'a change in Chromium', () => {
  let chromium: Chromium;
  const file = join(temporaryFolder('diff-page'), 'diff.html');
  beforeAll(async () => {
    writeFileSync(file, drawn());
    chromium = await startChromium();
  });
  afterAll(() => chromium.stop());

  const shown = <T>(ask: (page: BrowserPage) => Promise<T>): Promise<T> =>
    chromium.withPage(async (page) => {
      await page.open(pathToFileURL(file).href);
      return ask(page);
    });

  it('needs nothing from elsewhere and no script, and shows what is hostile as text', async () => {
    await shown(async (page) => {
      const asked = page.events.filter(({ method }) => method === 'Network.requestWillBeSent');
      expect(asked).toHaveLength(1);
      const complaints = page.events.filter(({ method }) =>
        /^(Log.entryAdded|Runtime.exceptionThrown)$/.test(method),
      );
      expect(complaints).toEqual([]);
      expect(await page.evaluate(`document.querySelectorAll('script, img, iframe, object').length`)).toBe(0);
      expect(await page.evaluate(`document.querySelector('main').textContent`)).toContain(HOSTILE);
    });
  });

  it('draws both sides of each group of packets, and marks where they part', async () => {
    await shown(async (page) => {
      const sides = (await page.evaluate(
        `[...document.querySelectorAll('.moved')].map((moved) => [...moved.querySelectorAll('.side')].map((side) =>
          [side.getAttribute('aria-label'), side.querySelectorAll('svg').length, [...side.querySelectorAll('.parting')].map((one) => one.textContent)]))`,
      )) as [string, number, string[]][][];
      expect(sides.length).toBeGreaterThan(2);
      for (const [before, after, ...others] of sides) {
        expect(others).toEqual([]);
        expect([before?.[0], before?.[1], after?.[0], after?.[1]]).toEqual(['Before', 1, 'After', 1]);
        expect([...before![2], ...after![2]].length).toBeGreaterThan(0);
      }
      const marked = sides.map((both) => both.map(([, , marks]) => marks.join()).join(' | '));
      expect(marked).toContainEqual(
        expect.stringMatching(
          /Director: differs.*10\.244\.3\.27:5432 \| Director: differs.*10\.244\.3\.28:5432/,
        ),
      );
      expect(marked).toContainEqual(expect.stringMatching(/ \| End: differss2FORWARD:1 DROP/));
      expect(await page.evaluate(OVERLAPS)).toBe(0);
    });
  });

  it.each(['light', 'dark'])('has enough contrast (%s)', async (scheme) => {
    await shown(async (page) => {
      await page.send('Emulation.setEmulatedMedia', {
        features: [{ name: 'prefers-color-scheme', value: scheme }],
      });
      const [, tooFaint] = (await page.evaluate(CONTRASTS)) as [string, string[]];
      expect(tooFaint).toEqual([]);
    });
  });

  it.each([390, 1280])('is no wider than a screen of %i pixels', async (width) => {
    await shown(async (page) => {
      await page.send('Emulation.setDeviceMetricsOverride', {
        width,
        height: 900,
        deviceScaleFactor: 1,
        mobile: width < 500,
      });
      await page.evaluate(`for (const one of document.querySelectorAll('details')) one.open = true`);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
    });
  });
});
