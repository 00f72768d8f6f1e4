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

it('a host of several has one line, whatever its name', () => {
  const hosts = [
    host('lb-1'),
    host('a-name.that.is.far.longer.than.any.name.should.be.example.com'),
    host('b'),
  ];
  expect(printed(hosts, 80)).toHaveLength(hosts.length + 4);
});

it('what was not come to is shown as such', () => {
  const last = ['  -     shell', '  -     privilege', '  -     facts', ''];
  expect(printed([host('lb-1')], 100).slice(-last.length)).toEqual(last);
});
