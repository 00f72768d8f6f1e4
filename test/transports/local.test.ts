import { getEventListeners } from 'node:events';
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { openLocal } from '../../src/transports/local.ts';
import { runIn, sshTarget } from './connecting.ts';
import { eventually } from './sshd-world.ts';

async function here() {
  const opened = await openLocal(sshTarget({ port: 1 }), new AbortController().signal);
  if (!opened.ok) throw new Error(opened.reason);
  return opened.value;
}

it.each([
  ['cat; echo oops >&2; exit 3', { status: 3, signal: null, stderr: 'oops\n', lost: null, output: 'input' }],
  ['kill -9 $$', { status: null, signal: 'SIGKILL', lost: null }],
  ['exec true', { status: 0, output: '', lost: null }],
])('%s', async (command, expected) => {
  expect(await runIn(await here(), command, { input: 'input' })).toMatchObject(expected);
});

it('a command need not read its input', async () => {
  expect(await runIn(await here(), 'exit 0', { input: 'x'.repeat(5_000_000) })).toMatchObject({ status: 0 });
});

it('keeps 4 KiB of standard error and lets the rest go by', async () => {
  const ending = await runIn(await here(), 'yes error | head -c 3000000 >&2; echo done');
  expect(ending.stderr).toHaveLength(4096);
  expect(ending.output).toBe('done\n');
});

it('an endless command ends when told to, with all that it started', async () => {
  // the first of them begins when its number is told: what it says would leave no room for that
  const command = '{ sleep 0.2; exec yes endless; } & echo $!; exec yes endless';
  const ending = await runIn(await here(), command, { limit: 100_000 });
  expect(ending).toMatchObject({ status: null, signal: null, lost: null });
  const child = Number(/^\d+$/m.exec(ending.output)![0]);
  expect(await eventually(() => !isRunning(child))).toBe(true);
});

it.each([0, 50])(
  'a stalled command ends when aborted after %i ms, with all that it started',
  async (delay) => {
    const stop = new AbortController();
    setTimeout(() => stop.abort(new Error('told to')), delay);
    const ending = await runIn(await here(), 'sleep 60 & echo $!; wait', { signal: stop.signal });
    expect(ending).toMatchObject({ status: null, lost: 'told to' });
    if (ending.output !== '') expect(await eventually(() => !isRunning(Number(ending.output)))).toBe(true);
    expect(getEventListeners(stop.signal, 'abort')).toHaveLength(0);
  },
);

it('runs nothing that was aborted before', async () => {
  const signal = AbortSignal.abort(new Error('too late'));
  expect(await runIn(await here(), 'echo on', { signal })).toMatchObject({ lost: 'too late', output: '' });
});

/** A process that was killed may wait for its parent as a zombie, or go while it is looked at. */
function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
