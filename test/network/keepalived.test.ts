/** The configurations that OpenStack Octavia's own tests expect it to write: test/data/octavia/*.conf. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseKeepalived } from '../../src/network/keepalived/keepalived.ts';

const folder = join(import.meta.dirname, '../data/octavia');

/** Lines that begin with a keyword, comments left out. */
const counted = (text: string, keyword: string) =>
  text.match(new RegExp(`^[ \\t]*${keyword}[ \\t]`, 'gm'))?.length ?? 0;

describe.each(readdirSync(folder).filter((name) => name.endsWith('.conf')))('%s', (name) => {
  const text = readFileSync(join(folder, name), 'utf8');
  const source = { main: name, files: new Map([[name, text.split('\n')]]), included: () => [], id: 'lb1' };
  const { servers, instances, doubts } = parseKeepalived(source);

  it('is understood as a whole', () => {
    expect(doubts).toEqual([]);
    expect(servers).toHaveLength(counted(text, 'virtual_server'));
    expect(instances).toHaveLength(counted(text, 'vrrp_instance'));
    const real = servers.flatMap((server) => server.servers);
    expect(real).toHaveLength(counted(text, 'real_server'));
    expect(real.flatMap(({ checks }) => checks)).toHaveLength(counted(text, '[A-Z]+_(?:CHECK|GET)'));
  });

  it('has a place for every server of a group', () => {
    for (const { places, protocol } of servers) {
      expect(places.length).toBeGreaterThan(0);
      expect(protocol).toMatch(/^(TCP|UDP|SCTP)$/);
    }
  });

  it('is quoted where it stands', () => {
    const rows = text.split('\n');
    for (const { line, address } of servers.flatMap((server) => server.servers))
      expect(rows[line - 1]).toMatch(new RegExp(`^\\s*real_server .*${address.slice(-3)}`));
    for (const { line, name: instance } of instances)
      expect(rows[line - 1]).toContain(`vrrp_instance ${instance}`);
  });
});
