import { command, defineCollector, t } from '../define.ts';
import type { Line } from '../model.ts';

// busybox has an ip that knows nothing of this; cookies of TCP Fast Open are secrets and nobody's business
const ask = `tool ip
case $(ip -V 2>&1) in
  *iproute2*) ;;
  *) unsupported "this ip is not iproute2" ;;
esac
metrics=$(ip tcp_metrics show) || return
printf "%s\\n" "$metrics" | sed "s/ fo_cookie [0-9a-f]*//"`;

const probes = {
  show: command('ip tcp_metrics show', ask, {
    ip: { kind: 'peers', family: 'any', command: 'tcp_metrics show' },
  }),
};

export default defineCollector({
  id: 'tcp_metrics',
  doc: 'Peers whose last TCP timestamp the kernel of this namespace holds (before 4.12, for tcp_tw_recycle).',
  scope: 'netns',
  samples: 1,
  probes,
  type: t.object({
    peers: t.list(
      t.object({
        address: t.string('Of the peer'),
        source: t.string('Our own; empty where the kernel does not say'),
        age: t.double('Seconds since the kernel last noted anything of this peer'),
        tw_ts: t.int('The timestamp held against this address: a SYN with an older one is dropped for 60 s'),
        tw_ts_age: t.int('Seconds since it was taken'),
      }),
    ),
  }),
  parse({ show }) {
    const entries = show.split('\n').flatMap((row, i) => readPeer(row, i + 1));
    const lines: Record<string, Line | Line[]> = { peers: entries.map(({ line }) => line) };
    for (const { peer, line } of entries) lines[peer.address] = line;
    return { value: { peers: entries.map(({ peer }) => peer) }, lines };
  },
});

function readPeer(row: string, number: number) {
  if (row.trim() === '') return [];
  // 10.244.3.1 age 9.738sec tw_ts 4294755183/10 ago cwnd 10 rtt 4645us rttvar 3692us source 10.244.3.27
  const [address = '', ...rest] = row.trim().split(/\s+/);
  if (!/^[0-9a-f.:]+$/i.test(address))
    throw new Error(`line ${number}: "${row.slice(0, 60)}" begins with no address`);
  const text = rest.join(' ');
  const age = /(?:^| )age (\d+\.\d+)sec(?= |$)/.exec(text);
  // older iproute2 writes 4294755183/10sec ago
  const stamp = /(?:^| )tw_ts (\d+)\/(-?\d+)(?:sec)? ago(?= |$)/.exec(text);
  if (!stamp && /(?:^| )tw_ts /.test(text))
    throw new Error(`line ${number}: "${row.slice(0, 80)}": tw_ts not understood`);
  if (!stamp) return [];
  const peer = {
    address,
    source: /(?:^| )source (\S+)/.exec(text)?.[1] ?? '',
    age: age ? Number(age[1]) : 0,
    tw_ts: Number(stamp[1]),
    tw_ts_age: Number(stamp[2]),
  };
  return [{ peer, line: { origin: 'ip tcp_metrics show', line: number, text: row.trim() } }];
}
