import { command, defineCollector, t } from '../define.ts';
import type { Line } from '../model.ts';
import { printV4, printV6 } from '../network/address-text.ts';
import { isSocketListing, readSocketListing } from '../network/socket-listing.ts';
import { seenOf, withoutRemark } from '../network/unseen.ts';

// ss may load tcp_diag. The kernel lists listeners (state 0A) first, before 4.4 with half-open connections (03) among
// them: at the first other state all have been seen, and a table of a million connections need not be read.
const listening = (name: string) => `sed -n \\
  -e "/^ *sl /b" \\
  -e "/^ *[0-9]*: [0-9A-F]*:[0-9A-F]* [0-9A-F]*:[0-9A-F]* 0A /p" \\
  -e "/^ *[0-9]*: [0-9A-F]*:[0-9A-F]* [0-9A-F]*:[0-9A-F]* 0[3A] /!q" "$PROC_NET/${name}"`;

const listing = (name: string) => ({
  ...command(`/proc/net/${name}`, listening(name), {
    optional: true,
    needed: { path: `"$PROC_NET/${name}"`, reason: 'it is not there' },
    idle: { test: 'no_tcp', text: '' },
  }),
  inside: false,
});

const probes = {
  tcp: listing('tcp'),
  /** The file is not there where IPv6 is switched off. */
  tcp6: listing('tcp6'),
  /** The addresses above are words in the order of the machine's bytes. */
  machine: { ...command('uname -m', 'uname -m', { optional: true, known: 'MACHINE' }), inside: false },
};

interface Listener {
  address: string;
  port: number;
}

export default defineCollector({
  id: 'listeners',
  doc: 'TCP sockets of a namespace that wait for connections.',
  scope: 'netns',
  samples: 1,
  takesUnseen: true,
  probes,
  type: t.object({
    list: t.list(
      t.object({
        address: t.string(
          '`0.0.0.0` for every IPv4 address; `::` for every IPv6 address and, mostly, every IPv4 address',
        ),
        port: t.int(),
      }),
    ),
  }),
  parse(answers) {
    const { tcp = `unseen: there is no ${probes.tcp.origin}`, tcp6 = '', machine } = answers;
    const [of4, of6] = [withoutRemark(tcp), withoutRemark(tcp6)];
    const order = orderOf(seenOf({ machine }).texts.machine);
    const found = [...read('/proc/net/tcp', of4.text, order), ...read('/proc/net/tcp6', of6.text, order)];
    const unseen = [of4.unseen, of6.unseen].filter((reason) => reason !== null);
    const unique = new Map(found.map((entry) => [entry.line.text, entry]));
    const sorted = [...unique.values()].sort(
      (a, b) => a.listener.port - b.listener.port || (a.listener.address < b.listener.address ? -1 : 1),
    );
    return {
      value: { list: sorted.map(({ listener }) => listener) },
      lines: { list: sorted.map(({ line }) => line) },
      ...(unseen.length > 0 ? { partial: unseen.join('; ') } : {}),
    };
  },
});

/** The order of bytes in a word. */
type Order = 'big' | 'little' | 'unknown';

function orderOf(machine: string | undefined): Order {
  const name = machine?.trim() ?? '';
  if (name === '') return 'unknown';
  return /^(s390|ppc64$|ppc$|mips(64)?$|sparc|parisc|hppa|m68k|armeb|aarch64_be)/.test(name)
    ? 'big'
    : 'little';
}

interface Found {
  listener: Listener;
  line: Line;
}

function read(origin: string, text: string, order: Order): Found[] {
  if (isSocketListing(text))
    return readSocketListing(text).map(({ line, address, port }) => found(origin, line, { address, port }));
  const rows = text.split('\n').filter((row) => row.trim() !== '');
  if (rows.length > 0 && order === 'unknown')
    throw new Error('uname -m printed nothing: the order of bytes is not known');
  return rows.map((row) => {
    //    0: 0100007F:0CEA 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1234 1 ...
    const match = /^ *(\d+): ([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4}) [0-9A-F]+:[0-9A-F]{4} 0A /.exec(row);
    if (!match) throw new Error(`${origin}: "${row.slice(0, 60)}" is no listening socket`);
    const [, number, address = '', port = ''] = match;
    const listener = { address: printHex(address, order), port: Number.parseInt(port, 16) };
    // line 1 is the heading, and sockets are numbered from 0
    return found(origin, Number(number) + 2, listener);
  });
}

function found(origin: string, line: number, listener: Listener): Found {
  const endpoint = listener.address.includes(':') ? `[${listener.address}]` : listener.address;
  return { listener, line: { origin, line, text: `listening on ${endpoint}:${listener.port}` } };
}

/** Returns eight digits in the other order of bytes. */
const swapped = (word: string) => word.replace(/(..)(..)(..)(..)/, '$4$3$2$1');

/** `0100007F` is 127.0.0.1 where bytes are little-endian; IPv6 is four such words. */
function printHex(hex: string, order: Order): string {
  // biome-ignore lint/style/noNonNullAssertion: the expression takes 8 or 32 digits only
  const words = hex.match(/.{8}/g)!.map((word) => (order === 'big' ? word : swapped(word)));
  // biome-ignore lint/style/noNonNullAssertion: there is at least one word
  const last = Number.parseInt(words.at(-1)!, 16);
  // ::ffff:10.0.0.1 takes connections to 10.0.0.1
  const mapped = words.slice(0, -1).join('') === '00000000000000000000FFFF';
  return words.length === 1 || mapped ? printV4(last) : printV6(BigInt(`0x${words.join('')}`));
}
