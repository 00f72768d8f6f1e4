// The same work each time, of the kind that an audit does: lines are taken apart, kept by their words, sorted, written as JSON.
const LINES = 20_000;
const ROUNDS = 24;

const lines = Array.from(
  { length: LINES },
  (_, i) => `-A PREROUTING -d 10.${i >> 8}.${i & 255}.7/32 -p tcp -m tcp --dport ${i % 60_000} -j DNAT`,
);
let bytes = 0;
for (let round = 0; round < ROUNDS; round++) {
  const byPort = new Map();
  for (const line of lines.join('\n').split('\n')) {
    const [, address = '', port = ''] = /-d ([\d.]+)\/32 .* --dport (\d+)/.exec(line) ?? [];
    const words = line.split(' ').map((word) => word.replace(/^-+/, ''));
    byPort.set(`${Number(port) % 997}`, { address, words, round });
  }
  const sorted = [...byPort].sort(([a], [b]) => (a < b ? -1 : 1));
  bytes += JSON.stringify(JSON.parse(JSON.stringify(sorted))).length;
}
if (bytes === 0) throw new Error('nothing was done');
