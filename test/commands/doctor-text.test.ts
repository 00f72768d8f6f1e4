import { expect, it } from 'vitest';
import type { Examined } from '../../src/commands/doctor/checks.ts';
import { doctorText } from '../../src/commands/doctor/text.ts';
import { columns, page } from '../../src/formats/text/page.ts';
import { failed, passed } from '../../src/transports/check.ts';

/** Words that a host had a part in. */
const HOSTILE = 'no\x1b[2J\x9b31m \u202eevil\r\nok    privilege     as root';

const host = (name: string): Examined => ({
  host: { name, source: { file: 'hosts.yaml', line: 3, column: 5 }, groups: [], vars: {} },
  checks: [
    passed('address', HOSTILE),
    failed('login', {
      what: `${HOSTILE} ${'very '.repeat(60)}`,
      remedy: `${HOSTILE} ${'long '.repeat(60)}`,
    }),
  ],
});

const printed = (hosts: Examined[], width: number) =>
  doctorText(hosts, page({ color: false, all: false, width })).split('\n');

it.each([80, 120])(
  'a host can neither play tricks on a terminal nor forge a line, at %i columns',
  (width) => {
    for (const hosts of [[host('lb-1')], [host('lb-1'), host('evil\x1b]0;x\x07\u202e')]]) {
      const lines = printed(hosts, width);
      expect(lines.join('')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
      expect(Math.max(...lines.map(columns))).toBeLessThanOrEqual(width);
      expect(lines.filter((line) => /^ *ok +privilege/.test(line))).toEqual([]);
    }
  },
);

const LINE = `lb-1 ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI${'x'.repeat(43)}`;

it.each([40, 80, 100, 120])(
  'of several hosts nothing is cut, and a line to paste is one, at %i columns',
  (width) => {
    const words = (word: string) => Array.from({ length: 40 }, (_, i) => `${word}${i}`).join(' ');
    const names = ['lb-1', 'a-name.that.is.far.longer.than.any.name.should.be.example.com', 'größe'];
    const wrong = failed('host key', { what: words('what'), remedy: `${words('do')}: ${LINE}` });
    const lines = printed(
      names.map((name) => ({ host: { ...host(name).host, name }, checks: [wrong] })),
      width,
    );
    const text = lines.join('\n');
    for (const word of `${words('what')} ${words('do')}`.split(' '))
      expect(text.split(`${word}`).length).toBeGreaterThan(3);
    const letters = text.replaceAll(/\s/g, '');
    expect(letters).toContain('lb-1');
    expect(lines.filter((line) => line === LINE)).toHaveLength(3);
    expect(Math.max(...lines.filter((line) => line !== LINE).map(columns))).toBeLessThanOrEqual(width);
  },
);

it('a line to paste is one on the page of a host', () => {
  const wrong = failed('host key', {
    what: 'not known',
    remedy: `add this line to ~/.ssh/known_hosts: ${LINE} (not read: x)`,
  });
  const lines = printed([{ host: host('lb-1').host, checks: [wrong] }], 80);
  expect(lines).toContain(LINE);
  expect(lines.join(' ')).toContain('(not read: x)');
});

it('what was not come to is shown as such', () => {
  const last = ['  -     shell', '  -     privilege', '  -     facts', ''];
  expect(printed([host('lb-1')], 100).slice(-last.length)).toEqual(last);
});
