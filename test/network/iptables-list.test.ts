/** `iptables -L -nv` tells less than iptables-save, but nothing else. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parseAddress } from '../../src/network/address-text.ts';
import { readRuleset } from '../../src/network/ruleset-text.ts';
import type { LeavingPacket } from '../../src/network/trace/histories.ts';
import { natTracer } from '../../src/network/trace/nat.ts';
import { describeWhere } from '../needs.ts';

const RULES = readFileSync(join(import.meta.dirname, 'iptables/listed.rules'), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'));

const END = '--twlint-end--';

/** What iptables-save and iptables -L print of a ruleset. */
function printed(backend: string, ruleset: string): [string, string] {
  const script = `ipset create foo hash:ip,port
    iptables-${backend}-restore
    iptables-${backend}-save -t nat
    echo ${END}
    iptables-${backend} -t nat -L -nv`;
  const env = { PATH: `${process.env.PATH}:/usr/sbin:/sbin` };
  const out = execFileSync('unshare', ['--net', 'sh', '-ec', script], {
    input: ruleset,
    env,
    encoding: 'utf8',
  });
  return out.split(`${END}\n`) as [string, string];
}

const each = <T, U>(values: readonly T[], then: (value: T) => U[]): U[] => values.flatMap(then);

const PACKETS: LeavingPacket[] = each(['10.6.0.1', '11.0.0.1'], (source) =>
  each(['1.1.1.1', '8.8.8.8', '10.0.0.1'], (destination) =>
    each([6, 17], (protocol) =>
      each([53, 85, 40000], (sourcePort) =>
        each([22, 53, 80], (destinationPort) =>
          [0, 1].map((mark) => ({
            source: parseAddress(source)!,
            destination: parseAddress(destination)!,
            protocol,
            sourcePort,
            destinationPort,
            mark,
            in: null,
            out: 'eth0',
            outAddress: parseAddress('9.9.9.9'),
          })),
        ),
      ),
    ),
  ),
);

const needs = {
  root: true,
  programs: ['unshare', 'ipset', 'iptables-legacy-restore', 'iptables-nft-restore'],
} as const;

describeWhere({ ...needs, programs: [...needs.programs] }, 'iptables -L', () => {
  it.each(RULES)('%s', (line) => {
    const open = line.startsWith('? ');
    const rule = `-A POSTROUTING ${open ? line.slice(2) : line}`;
    const side = ':SIDE - [0:0]\n-A SIDE -j SNAT --to-source 6.6.6.6';
    const last = '-A POSTROUTING -m mark --mark 0x0 -j SNAT --to-source 7.7.7.7';
    const ruleset = `*nat\n:POSTROUTING ACCEPT [0:0]\n${side}\n${rule}\n${last}\nCOMMIT\n`;
    for (const backend of ['legacy', 'nft']) {
      const [saved, listed] = printed(backend, ruleset).map((text) => natTracer(readRuleset(text, 'it')));
      let less = 0;
      for (const packet of PACKETS) {
        const { rule: _, doubts: why, ...expected } = saved!(packet);
        const { rule: __, doubts, ...found } = listed!(packet);
        if (found.certain || !expected.certain) {
          expect(found, `${JSON.stringify(packet)} ${why} ${doubts}`).toEqual(expected);
        } else less++;
      }
      if (!open) expect(less).toBe(0);
    }
  });
});
