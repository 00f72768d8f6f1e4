// A Chromium without a screen, spoken to over a pipe: https://chromedevtools.github.io/devtools-protocol/
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Starts the browser; `withPage` gives a page of its own to what it is called with. */
export async function startChromium() {
  const profile = mkdtempSync(join(tmpdir(), 'twlint-chromium-'));
  const options = ['--headless=new', '--no-sandbox', '--disable-gpu', '--hide-scrollbars', '--no-first-run'];
  const browser = spawn(
    'chromium',
    [...options, '--disable-background-networking', '--remote-debugging-pipe', `--user-data-dir=${profile}`],
    { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'], env: { ...process.env, TMPDIR: profile } },
  );
  const ended = new Promise((resolve) => browser.once('close', resolve));
  const waiting = new Map();
  const listeners = new Set();
  let last = 0;
  let rest = '';
  browser.stdio[4].setEncoding('utf8').on('data', (text) => {
    const messages = (rest + text).split('\0');
    rest = messages.pop();
    for (const message of messages.map((one) => JSON.parse(one))) {
      const { resolve, reject } = waiting.get(message.id) ?? {};
      waiting.delete(message.id);
      if (message.error) reject?.(new Error(message.error.message));
      else resolve?.(message.result);
      if (message.method) for (const listener of listeners) listener(message);
    }
  });
  const send = (method, params = {}, sessionId = undefined) =>
    new Promise((resolve, reject) => {
      last += 1;
      waiting.set(last, { resolve, reject });
      browser.stdio[3].write(`${JSON.stringify({ id: last, method, params, sessionId })}\0`);
    });
  const withPage = async (run) => {
    const { targetId } = await send('Target.createTarget', { url: 'about:blank' });
    const { sessionId } = await send('Target.attachToTarget', { targetId, flatten: true });
    const page = pageOf((method, params) => send(method, params, sessionId));
    const events = [];
    const listener = (message) => message.sessionId === sessionId && events.push(message);
    listeners.add(listener);
    try {
      for (const domain of ['Page', 'Runtime', 'Log', 'Network']) await page.send(`${domain}.enable`);
      return await run({ ...page, events });
    } finally {
      listeners.delete(listener);
      await send('Target.closeTarget', { targetId });
    }
  };
  const stop = async () => {
    // it ends its children, which would write on otherwise
    await send('Browser.close');
    await ended;
    rmSync(profile, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  };
  return { withPage, stop };
}

function pageOf(send) {
  const evaluate = async (expression) => {
    const { result, exceptionDetails } = await send('Runtime.evaluate', {
      expression,
      awaitPromise: true,
      returnByValue: true,
    });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  };
  /** Opens a page and waits until it is painted. */
  const open = async (url) => {
    await send('Page.navigate', { url });
    await evaluate(`new Promise((resolve) => {
      const painted = () => requestAnimationFrame(() => requestAnimationFrame(() => resolve(true)));
      if (document.readyState === 'complete') painted();
      else addEventListener('load', painted);
    })`);
  };
  return { send, evaluate, open };
}
