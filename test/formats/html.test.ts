/** The HTML report as a browser shows it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type BrowserPage, type Chromium, startChromium } from '../../bench/chromium.mjs';
import type { Finding, Report } from '../../src/model.ts';
import { describeWhere } from '../needs.ts';
import { temporaryFolder } from '../temporary.ts';
import { CONTRASTS, OVERLAPS } from './in-page.ts';
import { manyFindings, withoutSudo } from './many-findings.ts';
import { rendered } from './rendered.ts';
import { plainOptions, reportNamed } from './reports.ts';

const SCHEMES = ['light', 'dark'];

describeWhere({ programs: ['chromium'] }, 'the HTML report in Chromium', () => {
  let chromium: Chromium;
  beforeAll(async () => {
    chromium = await startChromium();
  });
  afterAll(() => chromium.stop());

  const shown = <T>(report: Report, ask: (page: BrowserPage) => Promise<T>): Promise<T> =>
    opened(rendered('html', report, plainOptions), ask);

  /** Opens a page from the disk, and asks it. */
  async function opened<T>(text: string, ask: (page: BrowserPage) => Promise<T>): Promise<T> {
    const file = join(temporaryFolder('html'), 'report.html');
    writeFileSync(file, text);
    return chromium.withPage(async (page) => {
      await page.open(pathToFileURL(file).href);
      return ask(page);
    });
  }

  const FILTERED = `new Promise((resolve) => setTimeout(() => resolve(document.querySelector('output').textContent), 300))`;
  /** Types or chooses as a person would, and returns the number that is told. */
  const filter = (page: BrowserPage, name: string, value: string) =>
    page.evaluate(`(() => {
      const field = document.querySelector('[name=${name}]');
      field.value = ${JSON.stringify(value)};
      field.dispatchEvent(new Event('input', { bubbles: true }));
      return ${FILTERED};
    })()`);
  const visible = (page: BrowserPage) =>
    page.evaluate(
      `[...document.querySelectorAll('.finding')].filter((one) => one.checkVisibility()).map((one) => one.dataset.rule + ' ' + one.dataset.host)`,
    );

  it('needs nothing from elsewhere, and breaks no policy of its own', async () => {
    await shown(reportNamed('incident'), async (page) => {
      const asked = page.events.filter(({ method }) => method === 'Network.requestWillBeSent');
      expect(asked.map(({ params }) => (params.request as { url: string }).url)).toEqual([
        expect.stringMatching(/^file:.*report\.html$/),
      ]);
      expect(
        page.events.filter(({ method }) => /^(Log.entryAdded|Runtime.exceptionThrown)$/.test(method)),
      ).toEqual([]);
    });
  });

  it('refuses a script that is not its own', async () => {
    await shown(reportNamed('incident'), async (page) => {
      await page.evaluate(`(() => {
        const script = document.createElement('script');
        script.textContent = 'globalThis.ran = true';
        document.body.append(script);
        document.body.insertAdjacentHTML('beforeend', '<img src="data:," onerror="globalThis.ran = true">');
        return new Promise((resolve) => setTimeout(resolve, 200));
      })()`);
      expect(await page.evaluate('globalThis.ran ?? false')).toBe(false);
    });
  });

  it('shows what a hostile host says as text', async () => {
    await shown(reportNamed('hostile'), async (page) => {
      expect(
        await page.evaluate(`document.querySelectorAll('img, iframe, object, script[src]').length`),
      ).toBe(0);
      expect(await page.evaluate(`document.scripts.length`)).toBe(1);
      expect(await page.evaluate(`document.querySelector('main').textContent`)).toContain(
        '<img src=x onerror=alert(1)>',
      );
    });
  });

  it('draws the path: clients, director, NAT gateway, server, and where clocks meet', async () => {
    await shown(withPath(), async (page) => {
      const roles = await page.evaluate(
        `[...document.querySelectorAll('svg .role')].map((one) => one.textContent)`,
      );
      expect(roles).toEqual(['Clients', 'Clients', 'Director', 'NAT gateway', 'Server'].sort());
      expect(await page.evaluate(`document.querySelector('svg .meeting').textContent`)).toContain(
        'sees 10.244.3.1',
      );
      expect(await page.evaluate(`document.querySelector('svg text.meets').textContent`)).toBe(
        'different clocks meet here, all from 10.244.3.1',
      );
      // nothing is outside of the drawing, and no two nodes lie upon each other
      const overlaps = await page.evaluate(OVERLAPS);
      expect(overlaps).toBe(0);
    });
  });

  it('is filtered by text, host, rule, severity and state', async () => {
    await shown(withoutSudo(manyFindings(5, 4), 2), async (page) => {
      expect(await page.evaluate(FILTERED)).toBe('20 of 60 shown');
      expect(await filter(page, 'host', 'web-03')).toBe('4 of 60 shown');
      expect(await filter(page, 'rule', 'BT001')).toBe('1 of 60 shown');
      expect(await visible(page)).toEqual(['BT001 web-03.example.net']);
      expect(await filter(page, 'text', 'no such words')).toBe('0 of 60 shown');
      expect(await page.evaluate(`document.querySelectorAll('.rule:not([hidden])').length`)).toBe(0);
      await page.evaluate(`document.querySelector('[type=reset]').click()`);
      expect(await page.evaluate(FILTERED)).toBe('20 of 60 shown');
      expect(await filter(page, 'state', 'undecided')).toBe('40 of 60 shown');
      expect(await filter(page, 'text', 'ONLY ROOT')).toBe('40 of 60 shown');
      await filter(page, 'state', 'open');
      await filter(page, 'text', '');
      await page.evaluate(`document.querySelector('[value=error]').click()`);
      expect(await page.evaluate(FILTERED)).toBe('15 of 60 shown');
    });
  });

  it('keeps apart what a waiver accepts', async () => {
    const report = manyFindings(3, 1);
    const source = { file: 'twlint.yaml', line: 3, column: 5 };
    const about = { reason: 'replaced in March', owner: 'data-team', until: '2026-03-31', source };
    const waiver = {
      ...about,
      rule: 'CT001',
      hosts: 'web-01*',
      namespace: null,
      path: null,
      undecided: false,
    };
    const [first, second, third] = report.findings as [Finding, Finding, Finding];
    const findings: Finding[] = [
      { ...first, waiver, baseline: 'known' },
      { ...second, expired: waiver, baseline: 'new' },
      third,
    ];
    await shown({ ...report, findings }, async (page) => {
      expect(await visible(page)).toEqual(['CT001 web-02.example.net', 'CT001 web-03.example.net']);
      expect(await filter(page, 'state', 'accepted')).toBe('1 of 3 shown');
      expect(
        await page.evaluate(`[...document.querySelectorAll('.tag')].map((one) => one.textContent)`),
      ).toEqual(['New', 'Accepted until 2026-03-31', 'Accepted by a waiver', 'Known']);
    });
  });

  it('opens with 5,000 findings, and finds one of them', async () => {
    await shown(manyFindings(250, 20), async (page) => {
      expect(await page.evaluate(FILTERED)).toBe('5000 of 5000 shown');
      expect(await filter(page, 'text', 'dropped 4100 SYNs')).toBe('1 of 5000 shown');
    });
  });

  it('shows what is open where scripts are not run', async () => {
    const text = rendered('html', withoutSudo(manyFindings(2, 2), 1), plainOptions);
    await opened(text.replace(/<script>[\s\S]*<\/script>/, ''), async (page) => {
      expect(await visible(page)).toHaveLength(4);
      expect(await page.evaluate(`document.querySelector('.filters').checkVisibility()`)).toBe(false);
    });
  });

  it.each(SCHEMES)('has enough contrast (%s)', async (scheme) => {
    await shown(withoutSudo(manyFindings(3, 10), 1), async (page) => {
      await page.send('Emulation.setEmulatedMedia', {
        features: [{ name: 'prefers-color-scheme', value: scheme }],
      });
      const [ground, tooFaint] = (await page.evaluate(CONTRASTS)) as [string, string[]];
      expect(ground).toBe(scheme === 'light' ? 'rgb(250, 250, 249)' : 'rgb(22, 21, 20)');
      expect(tooFaint).toEqual([]);
    });
  });

  it.each([390, 768, 1280])('is no wider than a screen of %i pixels', async (width) => {
    await shown(withPath(), async (page) => {
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

  it('is read by ear and by keyboard: landmarks, names, a way past the filters', async () => {
    await shown(withPath(), async (page) => {
      const { nodes } = (await page.send('Accessibility.getFullAXTree')) as { nodes: AxNode[] };
      const roles = nodes.filter(({ ignored }) => !ignored).map(({ role }) => role!.value);
      expect(roles).toEqual(
        expect.arrayContaining(['banner', 'search', 'main', 'contentinfo', 'status', 'article', 'heading']),
      );
      const controls = nodes.filter(({ ignored, role }) =>
        /^(?:searchbox|textbox|combobox|checkbox|button|link|image|img|region)$/.test(
          ignored ? '' : role!.value,
        ),
      );
      expect(controls.length).toBeGreaterThan(8);
      expect(controls.filter(({ name }) => !name?.value)).toEqual([]);
      await page.send('Input.dispatchKeyEvent', {
        type: 'keyDown',
        key: 'Tab',
        code: 'Tab',
        windowsVirtualKeyCode: 9,
      });
      expect(await page.evaluate('document.activeElement.textContent')).toBe('To the findings');
    });
  });

  it('prints all of it, without the filters', async () => {
    await shown(withPath(), async (page) => {
      await page.send('Emulation.setEmulatedMedia', { media: 'print' });
      await page.evaluate(`dispatchEvent(new Event('beforeprint'))`);
      expect(await page.evaluate(`document.querySelector('.filters').checkVisibility()`)).toBe(false);
      expect(await page.evaluate(`document.querySelectorAll('details:not([open])').length`)).toBe(0);
      await page.evaluate(`dispatchEvent(new Event('afterprint'))`);
      expect(await page.evaluate(`document.querySelectorAll('details[open]').length`)).toBe(0);
    });
  });
});

interface AxNode {
  ignored: boolean;
  role?: { value: string };
  name?: { value: string };
}

/** The incident, with a path of two clients that arrive under one address. */
function withPath(): Report {
  const report = reportNamed('incident');
  const hop = (kind: string, stage: string, target: string, source: string, destination: string) => ({
    host: 's2',
    namespace: kind === 'delivered' ? 'rmt50-master' : 'init',
    kind,
    stage,
    rule: null,
    target,
    source,
    destination,
    certain: true,
  });
  const trace = (client: string, address: string, remark: string) => ({
    clients: [client],
    remark,
    hops: [
      { ...hop('sends', 'sends', '', address, '192.168.128.5:5432'), host: client },
      hop('ipvs', 'IPVS wlc/masq', '', address, '10.244.3.27:5432'),
      hop('rule', 'POSTROUTING:5', 'MASQUERADE', '10.244.3.1', '10.244.3.27:5432'),
      hop('delivered', 'socket', '', '10.244.3.1', '10.244.3.27:5432'),
    ],
  });
  const path = {
    name: 'tcp 192.168.128.5:5432',
    traces: [trace('m1', '192.168.128.158', ''), trace('m2', '192.168.128.159', 'same address, other clock')],
  } as Report['findings'][number]['path'];
  const failed = report.findings.findIndex(({ verdict }) => verdict === 'fail');
  return { ...report, findings: report.findings.map((one, i) => (i === failed ? { ...one, path } : one)) };
}
