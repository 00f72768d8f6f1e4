import { command, defineCollector, t } from '../define.ts';

const TABLE = '/proc/net/nf_conntrack';
const COUNT = '/proc/sys/net/netfilter/nf_conntrack_count';

/** The kernel writes some 2 µs a connection; those of a table that is larger are not looked at. */
const MOST_CONNECTIONS = 100_000;
/** The most connections that are sorted, which costs more. */
const MOST_UNANSWERED = 20_000;

// clients' addresses stay there: what is sent are numbers of connections, by where they go
// (net/netfilter/nf_conntrack_standalone.c, ct_seq_show: the words of the original direction, [UNREPLIED], the others)
const ask = `table="$PROC_NET/nf_conntrack"
count=0
if [ ! -e "$table" ]; then
  [ ! -e ${COUNT} ] || unsupported "this kernel shows no connections (CONFIG_NF_CONNTRACK_PROCFS)"
  absent "no connections are tracked"
fi
[ -r "$table" ] || denied "$table: only root may read it"
[ ! -r ${COUNT} ] || read -r count <${COUNT}
[ "$count" -le ${MOST_CONNECTIONS} ] || unsupported "$count connections are too many to look at each"
rows=$(grep -m ${MOST_UNANSWERED} -E "^ipv4 +[0-9]+ udp .*\\[UNREPLIED\\]" "$table" |
  sed -n "s/^ipv4 .* dst=\\([0-9.]*\\) sport=[0-9]* dport=\\([0-9]*\\) .*\\[UNREPLIED\\] src=\\([0-9.]*\\) dst=[0-9.]* sport=\\([0-9]*\\) .*/\\1 \\2 \\3 \\4/p")
[ -n "$rows" ] || exit 0
printf "%s\\n" "$rows" | sort | uniq -c`;

const probes = {
  flows: command(TABLE, ask, {
    optional: true,
    idle: { test: 'is_empty "$PROC_NET/nf_conntrack"', text: '' },
  }),
};

/** Connections to one port that conntrack sends on to one other. */
export const udpFlow = t.object({
  destination: t.string('Where the client sends'),
  port: t.int(),
  to: t.string('Where conntrack sends it on'),
  to_port: t.int(),
  count: t.int('Connections that are alike in this'),
});

export default defineCollector({
  id: 'unanswered_udp',
  doc: 'UDP connections of IPv4 that conntrack knows and that were never answered, which a rule gave another destination.',
  scope: 'netns',
  samples: 1,
  probes,
  type: t.object({
    list: t.list(udpFlow),
  }),
  parse({ flows = '' }) {
    const rows = flows.split('\n').flatMap((text, i) => (text.trim() === '' ? [] : [{ text, line: i + 1 }]));
    const read = rows.map(({ text, line }) => ({ ...flowIn(text), text: text.trim(), line }));
    const translated = read.filter(
      ({ destination, to, port, to_port }) => destination !== to || port !== to_port,
    );
    const seen = read.reduce((sum, { count }) => sum + count, 0);
    return {
      value: {
        list: translated.map(({ destination, port, to, to_port, count }) => ({
          destination,
          port,
          to,
          to_port,
          count,
        })),
      },
      lines: {
        list: translated.map(({ destination, port, to, to_port, count }) => ({
          origin: TABLE,
          line: 0,
          text: `udp dst=${destination} dport=${port} [UNREPLIED] src=${to} sport=${to_port} (${count})`,
        })),
      },
      ...(seen >= MOST_UNANSWERED
        ? { partial: `only the first ${MOST_UNANSWERED} that are not answered were read` }
        : {}),
    };
  },
});

function flowIn(row: string) {
  const [, count, destination = '', port, to = '', toPort] =
    /^ *(\d+) (\d+\.\d+\.\d+\.\d+) (\d+) (\d+\.\d+\.\d+\.\d+) (\d+)$/.exec(row) ?? [];
  if (count === undefined) throw new Error(`"${row.slice(0, 80)}" is not understood`);
  return { destination, to, count: Number(count), port: Number(port), to_port: Number(toPort) };
}
