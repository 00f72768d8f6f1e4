// How long a browser needs for the HTML report: `npm run bench:html [-- FINDINGS]`. Needs Debian's chromium.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { loadRules } from '../build/evaluate/rules/rules.js';
import { formats } from '../build/formats/index.js';
import { startChromium } from './chromium.mjs';

const RUNS = 5;
const HOSTS = 100;

function reportOf(size) {
  const rules = loadRules([], { builtin: true, cwd: process.cwd() });
  const names = Array.from({ length: HOSTS }, (_, i) => `web-${i}.example.net`);
  const hosts = names.map((name, i) => ({
    name,
    source: { file: 'hosts.yaml', line: i + 1, column: 1 },
    reached: { ok: true, value: null },
    kernel: '6.1.0',
    namespaces: ['init'],
  }));
  const findings = Array.from({ length: size }, (_, i) => {
    const rule = rules[Math.floor(i / HOSTS) % rules.length];
    const evidence = [1, 2, 3, 4, 5].map((line) => ({
      origin: '/proc/net/netstat',
      line,
      text: `ListenDrops ${i * line}`,
    }));
    const message = `${i} SYNs of 10.0.${i % 250}.7 were dropped within 10 s, and no SYN for any other reason`;
    return {
      rule: rule.id,
      host: names[i % HOSTS],
      namespace: 'init',
      verdict: 'fail',
      severity: rule.severity,
      message,
      evidence,
      fingerprint: i.toString(16).padStart(16, '0'),
      path: null,
      foldedInto: null,
    };
  });
  const at = '2026-01-02T03:04:05.000Z';
  const tool = { name: 'twlint', version: '0' };
  return { tool, startedAt: at, finishedAt: at, interrupted: false, rules, hosts, findings, gaps: [] };
}

const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];

const size = Number(process.argv[2] ?? 5000);
const scratch = mkdtempSync(join(tmpdir(), 'twlint-bench-'));
const chromium = await startChromium();
try {
  const file = join(scratch, 'report.html');
  const began = performance.now();
  const text = [...formats.html(reportOf(size), { color: false, all: false, category: null })].join('');
  const made = performance.now() - began;
  writeFileSync(file, text);
  const opened = [];
  const filtered = [];
  for (let run = 0; run < RUNS; run++)
    await chromium.withPage(async (page) => {
      const start = performance.now();
      await page.open(pathToFileURL(file).href);
      opened.push(performance.now() - start);
      const time = await page.evaluate(`(() => {
        const start = performance.now();
        document.querySelector('[name=text]').value = '4999 syns';
        show();
        document.body.offsetHeight;
        return performance.now() - start;
      })()`);
      filtered.push(time);
    });
  console.log('findings    MB  made ms  open ms (worst)  filter ms (worst)');
  console.log(
    String(size).padStart(8),
    (text.length / 1e6).toFixed(1).padStart(5),
    made.toFixed(0).padStart(8),
    `${median(opened).toFixed(0)} (${Math.max(...opened).toFixed(0)})`.padStart(16),
    `${median(filtered).toFixed(0)} (${Math.max(...filtered).toFixed(0)})`.padStart(18),
  );
} finally {
  await chromium.stop();
  rmSync(scratch, { recursive: true });
}
