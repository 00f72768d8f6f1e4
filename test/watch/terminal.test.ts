/** A watch on a real terminal: it takes the screen, heeds keys, and gives the screen back with the report. */
import { execFileSync } from 'node:child_process';
import { connect } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { describeWhere } from '../needs.ts';
import { fileIn, scratchFolder } from '../transports/folder.ts';
import { PROGRAM } from '../twlint.ts';

describeWhere({ programs: ['tmux'] }, 'a watch on a terminal', () => {
  it('of 80 x 24', { timeout: 60_000 }, async () => {
    const folder = scratchFolder();
    const inventory = fileIn(folder, 'hosts.ini', 'here ansible_connection=local\n');
    const tmux = (...args: string[]) =>
      execFileSync('tmux', ['-L', `twlint-${process.pid}`, '-f', '/dev/null', ...args], { encoding: 'utf8' });
    const shown = () => tmux('capture-pane', '-p', '-t', 'watch');
    const press = (key: string) => tmux('send-keys', '-t', 'watch', key);
    const args = [
      'watch',
      '-i',
      inventory,
      '--netns',
      'init',
      '--every',
      '200ms',
      '--rule',
      'LS001',
      '--quiet',
    ];
    const command = [process.execPath, PROGRAM, ...args].map((word) => `'${word}'`).join(' ');
    const session = ['new-session', '-d', '-s', 'watch', '-x', '80', '-y', '24'];
    tmux(...session, '-c', folder, `LC_ALL=C.UTF-8 ${command}; echo "ended with $?"; read -r _`);
    // connections that are refused move counters
    const moving = setInterval(() => connect(1, '127.0.0.1').on('error', () => {}), 50);
    onTestFinished(() => {
      clearInterval(moving);
      tmux('kill-server');
    });
    const soon = { timeout: 20_000, interval: 200 };

    press('a');
    await expect.poll(shown, soon).toMatch(/^[> ] +\d.* {2}here\/init +Tcp\.AttemptFails$/m);
    const lines = shown().split('\n');
    expect(lines[0]).toMatch(/^twlint watch {2}0:\d\d {2}1 host, 1 namespace, every 200ms$/);
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
    expect(lines[23]).toMatch(/^up\/down select .* q quit$/);
    press('/');
    press('AttemptFails');
    await expect.poll(shown, soon).toContain('filter: AttemptFails_');
    press('Enter');
    await expect.poll(shown, soon).toContain('/ filter (AttemptFails)');
    press('q');
    await expect.poll(shown, soon).toContain('ended with 0');
    expect(shown()).toContain('Looked at 1 host (1 namespace) with 1 rule.');
    expect(shown()).not.toContain('q quit');
  });
});
