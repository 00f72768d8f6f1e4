/** Two write to one pipe: a heartbeat is no part of an answer only where a shell writes it at once. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { watchdogFunctions } from '../../src/transports/script/watchdog.ts';
import { SHELLS } from '../collectors/asking.ts';
import { describeWhere } from '../needs.ts';
import { scratchFolder } from './folder.ts';

describeWhere({ root: true, programs: ['dash', 'busybox', 'bash', 'strace'] }, 'a heartbeat', () => {
  it.each(SHELLS)('is written at once by %s', (_, command) => {
    const log = join(scratchFolder(), 'writes');
    const beats = `${watchdogFunctions}\nB=twlint-0123\nprintf "a\\nb\\n" | heart`;
    execFileSync('strace', ['-f', '-e', 'trace=write', '-s', '99', '-o', log, ...command, '-c', beats]);
    // where another process is heard of meanwhile, a call is told in two lines
    const calls = /write\(1, "(twlint.*?|\\n.*?)", \d+(?:\)| <unfinished)/g;
    const written = [...readFileSync(log, 'utf8').matchAll(calls)];
    expect(written.map(([, text]) => text)).toEqual(['twlint-0123 ~\\n', 'twlint-0123 ~\\n']);
  });
});
