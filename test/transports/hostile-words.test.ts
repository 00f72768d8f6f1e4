/** Names and comments that a host chose: they act on nothing, and lead nowhere. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { actedOn, LOG_COMMANDS } from '../formats/log-commands.ts';
import { end, FORBIDDEN, frame, host, run, says } from './hostile-host.ts';

const EVIL = [
  '../../../../tmp/evil',
  'a\u0000b',
  '\u001b]52;c;ZXZpbA==\u0007',
  '\u001b]8;;http://evil/\u001b\\click\u001b]8;;\u001b\\',
  '\u001b[2J\u009b31m',
  '\u202egnp.exe\u2066',
  '<script>alert(1)</script><img src=x onerror=alert(1)>',
  '[click](http://evil) {0} ``` ~~~ | --- |',
  '\u3164\u034f',
  ...LOG_COMMANDS.map(({ sample }) => sample.split('\r')[0]!),
];

describe('names and comments', () => {
  const answer = says((boundary) => {
    const names = EVIL.map(
      (name, i) => name.replaceAll('\n', '') && `netns ${4026532000 + i} /run/netns/${name} ${name}\n`,
    );
    const quoted = (text: string) => text.replace(/["\\]/g, '\\$&');
    const rules = EVIL.map(
      (name) => `-A POSTROUTING -s 10.0.0.0/8 -m comment --comment "${quoted(name)}" -j MASQUERADE`,
    );
    const nat = ['*nat', ':POSTROUTING ACCEPT [0:0]', ...rules, 'COMMIT', ''].join('\n');
    const inodes = ['4026531956', ...EVIL.map((_, i) => String(4026532000 + i))];
    return [
      host(boundary, names.join('')),
      frame(boundary, 'kernel.os', '-', `PRETTY_NAME="${EVIL.join(' ')}"`),
      ...inodes.flatMap((inode) => [
        frame(boundary, 'nat.legacy', inode, nat),
        ...['ipvs', 'ipvsadm'].map((name) => frame(boundary, `ipvs.${name}`, inode, '', 210)),
        ...['legacy6', 'nft', 'nft6', 'nftables', 'ipset'].map((name) =>
          frame(boundary, `nat.${name}`, inode, '', 210),
        ),
        frame(
          boundary,
          'sysctl.values',
          inode,
          `/proc/sys/net/ipv4/ip_forward:0\n/proc/sys/net/ipv4/conf/${EVIL[4]}/rp_filter:${EVIL[2]}`,
        ),
        frame(boundary, 'routes.routes', inode, '', 1, EVIL.join(' ')),
      ]),
      end(boundary),
    ].join('');
  });

  const FORMATS = ['text', 'json', 'sarif', 'html', 'markdown', 'junit', 'csv', 'gitlab'];
  let written: ReturnType<typeof writeReports> | undefined;
  const reports = () => (written ??= writeReports());

  async function writeReports() {
    const outputs = FORMATS.flatMap((format) => ['-o', `${format}:${format}.out`]);
    const { status, stdout, stderr, folder } = await run(answer, [
      'audit',
      '--all',
      '--fail-on',
      'warning',
      ...outputs,
    ]);
    const textOf = (format: string) => readFileSync(join(folder, 'work', `${format}.out`), 'utf8');
    return {
      status,
      printed: stdout + stderr,
      texts: Object.fromEntries(FORMATS.map((it) => [it, textOf(it)])),
    };
  }

  it.each(FORMATS)('act on nothing in %s', { timeout: 60_000 }, async (format) => {
    const { status, printed, texts } = await reports();
    const text = texts[format]!;
    expect(status).toBe(1);
    expect(text).toContain('NA004');
    if (['text', 'json', 'sarif'].includes(format)) expect(text).toContain('alert(1)');
    // RFC 4180 ends lines so
    expect(text.replaceAll('\r\n', '\n')).not.toMatch(FORBIDDEN);
    expect(printed).not.toMatch(FORBIDDEN);
    expect(actedOn(text + printed)).toEqual([]);
    if (format === 'html') expect(text).not.toMatch(/<script>alert|<img/);
    if (format === 'sarif') {
      const markdown = [...text.matchAll(/"markdown": "((?:[^"\\]|\\.)*)"/g)].map(
        ([, quoted]) => JSON.parse(`"${quoted}"`) as string,
      );
      expect(markdown.length).toBeGreaterThan(0);
      for (const one of markdown)
        expect(one.replace(/^(`{3,})text\n[\s\S]*?\n\1$/gm, '')).not.toMatch(
          /(?<!\\)<(?:script|img)|(?<!\\)\]\(/,
        );
    }
  });

  it('begin no command of their own in github', { timeout: 60_000 }, async () => {
    const ran = await run(answer, ['audit', '--format', 'github']);
    const lines = ran.stdout.trimEnd().split('\n');
    expect(lines.filter((line) => !/^::(?:error|warning|notice) [^:]*::[^\n]*$/.test(line))).toEqual([]);
    expect(actedOn(lines.map((line) => `text ${line}`).join('\n'))).toEqual([]);
  });

  it.each([
    ['facts'],
    ['facts', 'nat'],
    ['doctor'],
    ['doctor', '--format', 'json'],
    ['fix'],
    ['fix', '--format', 'ansible'],
    ['fix', '--format', 'shell'],
    ['trace', '--at', 'bad', '--src', '10.0.0.7', '--dst', '10.0.0.8'],
    ['trace', '--at', `bad/${EVIL.at(-1)}`, '--src', '10.0.0.7', '--dst', '10.0.0.8'],
    ['audit', '--rule', EVIL.at(-1)!],
  ])('nor in what %s prints, %#', { timeout: 60_000 }, async (...command) => {
    const ran = await run(answer, command);
    expect(ran.stdout + ran.stderr).not.toMatch(FORBIDDEN);
    expect(actedOn(ran.stdout + ran.stderr)).toEqual([]);
    expect(ran.stderr).not.toMatch(/^ +at /m);
  });

  it('are not believed where a frame bears them', { timeout: 60_000 }, async () => {
    const foreign = says((boundary) =>
      [
        host(boundary, ''),
        frame(boundary, `nat.legacy${EVIL.join('').replaceAll('\n', '')}`, '../../evil', 'x'),
        end(boundary),
      ].join(''),
    );
    const { status, stdout, stderr } = await run(foreign, ['audit', '--format', 'text']);
    expect(status).toBe(3);
    expect(stdout + stderr).not.toMatch(FORBIDDEN);
    expect(actedOn(stdout + stderr)).toEqual([]);
  });

  it('become no path outside of the snapshot', { timeout: 60_000 }, async () => {
    const { status, stderr, folder } = await run(answer, ['collect', '-o', 'snap']);
    expect(stderr).toContain('1 of 1 hosts are in snap');
    expect(status).toBe(0);
    expect(readdirSync(folder).sort()).toEqual(['hosts.ini', 'known_hosts', 'memory', 'work']);
    expect(readdirSync(join(folder, 'work'))).toEqual(['snap']);
    expect(readdirSync(join(folder, 'work/snap')).sort()).toEqual(['bad.txt', 'manifest.json']);
  });
});
