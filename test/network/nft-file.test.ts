/** Files that nft loads: what it makes of them is what we read. */
import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { parseNftFile } from '../../src/network/nft/file.ts';
import { parseNftJson } from '../../src/network/nft/json.ts';
import type { Table } from '../../src/network/ruleset.ts';
import { describeWhere } from '../needs.ts';

const FILES: Record<string, string> = {
  "Debian's": `#!/usr/sbin/nft -f

flush ruleset

table inet filter {
	chain input {
		type filter hook input priority filter;
	}
	chain forward {
		type filter hook forward priority filter;
	}
}
`,
  definitions: `define WAN = eth0
define LAN = { 10.0.0.0/8, 192.168.0.0/16 } # ours
define OUT = $WAN
table ip nat {
  chain post {
    type nat hook postrouting priority srcnat; policy accept;
    oifname $OUT ip saddr $LAN masquerade
  }
}
`,
  'a table that is emptied first': `table ip nat
delete table ip nat
table ip nat {
  chain pre { type nat hook prerouting priority -100; tcp dport 80 dnat to 10.0.0.2:8080; }
}
`,
};

const shape = (tables: readonly Table[]) =>
  tables.map(({ family, name, chains }) => [
    family,
    name,
    [...chains].map(([chain, { base, rules }]) => [
      chain,
      base,

      rules.map(({ steps }) => steps),
    ]),
  ]);

describeWhere({ root: true, programs: ['nft', 'unshare'] }, 'as nft loads it', () => {
  it.each(Object.keys(FILES))('%s', (name) => {
    const loading = ['-n', 'sh', '-c', 'nft -f - && nft -j list ruleset'];
    const json = execFileSync('unshare', loading, { input: FILES[name]! }).toString();
    expect(shape(parseNftFile(FILES[name]!, 'nftables.conf'))).toEqual(shape(parseNftJson(json, 'nft')));
  });
});

describe('what is not read is told', () => {
  it.each([
    ['flush ruleset\ninclude "/etc/nftables.d/*"\n', 'nftables.conf:2: includes are not followed'],
    ['flush ruleset\nadd rule ip nat post masquerade\n', 'nftables.conf:2: '],
    ['table ip nat {\n chain post {\n  oifname $WAN masquerade\n }\n}\n', 'nftables.conf:3: '],
  ])('%j', (text, message) => {
    expect(() => parseNftFile(text, 'nftables.conf')).toThrow(message);
  });
});
