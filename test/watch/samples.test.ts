import { describe, expect, it } from 'vitest';
import { readingsIn, sampleOf } from '../../src/watch/samples.ts';
import { readNamespaceListing } from '../../src/watch/targets.ts';
import { type LoopEvent, tickStream } from '../../src/watch/tick-stream.ts';

const stat = (pid: number, start: number, name = 'postgres') =>
  `${pid} (${name}) S 1 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 ${start} 1000 10\n`;
const netstat = (drops: number) => `TcpExt: ListenDrops\nTcpExt: ${drops}\n`;

describe('a tick', () => {
  const pod = { inode: '4026532281', name: 'pod', pid: 914 };
  const files = (start: number, name?: string) =>
    new Map([
      ['/proc/914/stat', stat(914, start, name)],
      ['/proc/914/net/netstat', netstat(7)],
    ]);

  it('is of the namespace as long as its process is the same', () => {
    const began = new Map<number, string>();
    for (const name of ['postgres', 'has) R 9 9 9 9', 'has a name\nof two lines']) {
      const { sample, replaced } = sampleOf(files(5000, name), [pod], began);
      expect([replaced, readingsIn(sample.namespaces.get(pod.inode)!).get('ListenDrops')]).toEqual([
        [],
        { value: 7n, kind: 'counter' },
      ]);
    }
  });

  it('is not of it where another process has that number', () => {
    const { sample, replaced } = sampleOf(files(9000), [pod], new Map([[914, '5000']]));
    expect([replaced, [...sample.namespaces]]).toEqual([[pod], []]);
  });

  it('is not of it where the process is gone', () => {
    const { replaced } = sampleOf(new Map(), [pod], new Map());
    expect(replaced).toEqual([pod]);
  });
});

describe('a list of namespaces', () => {
  const list = (...lines: string[]) =>
    ['init 4026531833', 'own 4026531833', ...lines, 'unreadable 0', 'capped 0', ''].join('\n');
  const [named, here] = ['netns 4026532281 /run/netns/blue blue', 'process 4026532281 77 cat'];

  it('wants a process where a named one has none', () => {
    expect(readNamespaceListing(list(named), new Map())).toMatchObject({
      value: { toHold: ['/run/netns/blue'], namespaces: [{ pid: 'own' }, { name: 'blue', pid: null }] },
    });
  });

  it('reads it through ours once it is there, and still wants that', () => {
    expect(readNamespaceListing(list(named, here), new Map([['/run/netns/blue', 77]]))).toMatchObject({
      value: { toHold: ['/run/netns/blue'], namespaces: [{ pid: 'own' }, { name: 'blue', pid: 77 }] },
    });
  });

  it('lets it go where nothing but ours is left of it', () => {
    const left = 'netns 4026532281 /proc/77/ns/net -';
    const read = readNamespaceListing(list(left, here), new Map([['/run/netns/blue', 77]]));
    expect(read).toMatchObject({ value: { toHold: [], namespaces: [{ pid: 'own' }] } });
  });

  it('prefers a process of its own', () => {
    expect(readNamespaceListing(list(named, 'process 4026532281 914 postgres'), new Map())).toMatchObject({
      value: { toHold: [], namespaces: [{ pid: 'own' }, { name: 'blue', pid: 914 }] },
    });
  });
});

describe('the stream of a loop', () => {
  function read(...chunks: (string | Buffer)[]) {
    const events: LoopEvent[] = [];
    const stream = tickStream('B', (event) => events.push(event));
    const taken = chunks.map((chunk) => stream.take(Buffer.from(chunk)));
    return { events, taken, refusal: stream.refusal() };
  }

  it('is the same however it is cut', () => {
    const text =
      'Motd\n\nB ready\n\nB held 77 /run/netns/blue\n\nB <\n/proc/uptime:9.5 3\n/proc/net/snmp:Ip: A\n/proc/net/snmp:Ip: 1\n\nB >\n';
    const whole = read(text).events;
    expect(whole).toEqual([
      { kind: 'ready' },
      { kind: 'held', pid: 77, path: '/run/netns/blue' },
      {
        kind: 'tick',
        files: new Map([
          ['/proc/uptime', '9.5 3\n'],
          ['/proc/net/snmp', 'Ip: A\nIp: 1\n'],
        ]),
      },
    ]);
    expect(read(...text).events).toEqual(whole);
  });

  it.each([
    ['begins an answer in another', '\nB <\n\nB [\n', 'one of its answers begins inside of another'],
    ['ends what did not begin', '\nB >\n', 'one of its answers ends before it began'],
    ['ends a list as a tick', '\nB [\n\nB >\n', 'one of its answers ends before it began'],
  ])('is read no more where it %s', (_, text, refusal) => {
    expect(read(text, '\nB ready\n')).toEqual({ events: [], taken: [false, false], refusal });
  });

  it('is read no more where it says more than is taken, in one line or in many', () => {
    const piece = Buffer.alloc(2 ** 20, 'x');
    const lines = Buffer.from('/proc/a:b\n'.repeat(100_000));
    for (const chunk of [piece, lines]) {
      const { taken, refusal } = read('\nB <\n', ...new Array<Buffer>(40).fill(chunk));
      expect([taken.at(-1), refusal]).toEqual([false, 'it answers more at once than is taken']);
    }
  });

  it('passes over what is no file of /proc', () => {
    const { events } = read('\nB <\ngrep: no such file\nB is not a word\n/etc/passwd:x\n\nB >\n');
    expect(events).toEqual([{ kind: 'tick', files: new Map() }]);
  });
});

it('what is no counter is none, and nothing is thrown', () => {
  const texts = [
    '',
    'TcpExt: A\n',
    'TcpExt: A B\nTcpExt: 1\n',
    'TcpExt: A\nTcpExt: x\n',
    '\0\x1b[2J',
    'a'.repeat(10_000),
  ];
  for (const text of texts)
    expect(
      readingsIn(
        new Map([
          ['netstat', text],
          ['stat/nf_conntrack', text],
          ['snmp6', text],
        ] as const),
      ).size,
    ).toBe(0);
});
