import { command, defineCollector, t } from '../define.ts';
import { isSocketListing, readSocketListing } from '../network/socket-listing.ts';
import { withoutRemark } from '../network/unseen.ts';

const ORIGIN = 'ss -lnt';

// /proc/net/tcp shows who waits, and not for how many there is room; ss would load tcp_diag where it is not there
const ask = `
in_kernel tcp_diag
case $said in
  listed | yes | ask) ;;
  *) unsupported "tcp_diag is not loaded, and asking ss would load it" ;;
esac
tool ss
ss -lnt`;

const probes = {
  sockets: command(ORIGIN, ask, {
    idle: {
      test: 'no_tcp && has_program ss && in_kernel tcp_diag && case $said in listed | yes | ask) ;; *) false ;; esac',
      text: 'State Recv-Q Send-Q Local Address:Port Peer Address:Port',
    },
  }),
};

export default defineCollector({
  id: 'backlogs',
  doc: 'The accept queues of TCP sockets that wait for connections, as `ss -lnt` shows them.',
  scope: 'netns',
  samples: 1,
  probes,
  type: t.object({
    list: t.list(
      t.object({
        address: t.string('As in `listeners`'),
        port: t.int(),
        waiting: t.int('Connections that the program has not taken yet: Recv-Q'),
        length: t.int('For how many there is room: Send-Q, what the program asked for or somaxconn'),
      }),
    ),
  }),
  parse({ sockets }) {
    if (!isSocketListing(sockets)) throw new Error(`${ORIGIN} printed no heading`);
    const rows = sockets.split('\n');
    const found = readSocketListing(sockets);
    if (found.some(({ length }) => length === null)) throw new Error('netstat tells no length of a queue');
    const partial = withoutRemark(sockets).unseen;
    return {
      ...(partial !== null && { partial }),
      value: {
        list: found.map(({ address, port, waiting, length }) => ({
          address,
          port,
          waiting: waiting ?? 0,
          length: length ?? 0,
        })),
      },
      lines: {
        list: found.map(({ line }) => ({ origin: ORIGIN, line, text: rows[line - 1]?.trim() ?? '' })),
      },
    };
  },
});
