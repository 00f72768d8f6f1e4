/** What one program answered for several probes is divided among them, and nothing of one is said for another. */
import { describe, expect, it } from 'vitest';
import { readFrames } from '../../src/transports/script/frames.ts';
import { readTogether } from '../../src/transports/script/parts.ts';

const texts = (text: string) =>
  Object.fromEntries(
    [...(readTogether(text) ?? [])].map(([probe, answer]) => [probe, answer.ok && answer.value]),
  );

describe('answers that come together', () => {
  it('of files, are those of their paths, and what a line says of others is its own', () => {
    const said = texts(`text a.uptime /proc/uptime
text a.empty /proc/empty
rows a.limits /proc/sys/net/netfilter/
below a.settings /proc/sys/net/

/proc/uptime:1.0 2.0
/proc/uptime:/proc/empty:not of it
core/somaxconn:128
ipv4/ping_group_range:1\t0
/proc/sys/net/netfilter/nf_conntrack_max:7
/proc/elsewhere:lost

grep: core/bpf_jit_limit: Permission denied
grep: ipv4/neigh/default: No such file or directory
grep: ipv4/conf: Is a directory
`);
    expect(said).toEqual({
      'a.uptime': '1.0 2.0\n/proc/empty:not of it\n',
      'a.empty': '',
      'a.limits': '/proc/sys/net/netfilter/nf_conntrack_max:7\n',
      'a.settings': `/proc/sys/net/core/somaxconn:128
/proc/sys/net/ipv4/ping_group_range:1\t0
grep: /proc/sys/net/core/bpf_jit_limit: Permission denied
`,
    });
  });

  it('of ip, are told by their lines, and by those before them', () => {
    const said = texts(`links a.addresses /ip/any
peers a.peers /ip/any
rules a.rules /ip/any
routes a.routes /ip/any
rules a.rules6 /ip/-6
routes a.routes6 /ip/-6

==> /ip/any <==
1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536
    inet 127.0.0.1/8 scope host lo
10.0.0.9 age 3.5sec tw_ts 7/3 ago
2001:db8::9 age 1.0sec
0:\tfrom all lookup local
32766:\tfrom all lookup main
default via 10.0.0.1 dev eth0
10.5.0.0/16
\tnexthop via 10.0.0.2 dev eth0 weight 1

==> /ip/-6 <==
0:\tfrom all lookup local
2001:db8::/64 dev eth0 proto kernel
`);
    expect(said).toEqual({
      'a.addresses': '1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536\n    inet 127.0.0.1/8 scope host lo\n',
      'a.peers': '10.0.0.9 age 3.5sec tw_ts 7/3 ago\n2001:db8::9 age 1.0sec\n',
      'a.rules': '0:\tfrom all lookup local\n32766:\tfrom all lookup main\n',
      'a.routes': 'default via 10.0.0.1 dev eth0\n10.5.0.0/16\n\tnexthop via 10.0.0.2 dev eth0 weight 1\n',
      'a.rules6': '0:\tfrom all lookup local\n',
      'a.routes6': '2001:db8::/64 dev eth0 proto kernel\n',
    });
  });

  it.each([
    ['says nothing of its parts', 'hello\n'],
    ['has no parts', '\n/proc/uptime:1.0\n'],
    ['has a part of no kind', 'words a.b /proc/uptime\n\n'],
    ['has a part without a path', 'text a.b uptime\n\n'],
  ])('are none where the frame %s', (_, text) => {
    expect(readTogether(text)).toBeNull();
    expect(framed(text).forged).toBe('the frame "together.parts -" has no parts');
  });

  it('are not believed where one of them came before', () => {
    const part = 'text a.b /proc/uptime\n\n/proc/uptime:1.0\n';
    expect(framed(part, 'x').forged).toBe('the frame "a.b -" came twice');
    expect(framed(part).frames).toMatchObject([{ probe: 'a.b', answer: { ok: true, value: '1.0\n' } }]);
  });
});

/** A frame with that text, behind one of a probe of its own. */
function framed(text: string, first?: string) {
  const frame = (probe: string, output: string) => `\nB < ${probe} -\n${output}\nB ! 0\n\nB >\n`;
  const before = first === undefined ? '' : frame('a.b', first);
  return readFrames(Buffer.from(`${before}${frame('together.parts', text)}\nB .\n`), 'B');
}
