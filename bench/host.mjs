// What the collection script costs a host: processor time of all the processes that one run starts. Needs root.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { planFor } from '../build/collect/plan.js';
import { collectors } from '../build/collectors/index.js';
import { collectionScript } from '../build/transports/script/script.js';

const RUNS = Number(process.argv[2] ?? 7);
/** Which rows: a word that their names have. */
const ONLY = process.argv[3] ?? '';
/** The shell that is sh there. */
const SHELL = process.argv[4] ?? 'sh';

/** A host of its own, without anything of this one's network, names and processes. */
const WITHIN = ['--fork', '--pid', '--mount', '--mount-proc', '--net', '--uts'];
const PLAIN = `mount -t tmpfs none /run
mkdir /run/netns
ip link set lo up
ip link add eth0 type veth peer name peer0
ip address add 10.0.0.2/24 dev eth0
ip link set eth0 up
ip route add default via 10.0.0.1`;

/** As a node has them: each with a name, a process, an interface and its route. */
const namespaces = (count) => `for i in $(seq ${count}); do
  ip netns add pod$i
  printf "%s\\n" "link set lo up" "link add eth0 type veth peer name peer0" "address add 10.1.0.2/24 dev eth0" "link set eth0 up" \\
    "route add default via 10.1.0.1" | ip -n pod$i -batch -
  nsenter --net=/run/netns/pod$i sleep 1000 &
done`;
const rules = (count, restore) => `{
  echo "*nat"
  for i in $(seq ${count}); do
    echo "-A PREROUTING -d 10.2.$((i / 256)).$((i % 256))/32 -p tcp -m tcp --dport 80 -j DNAT --to-destination 10.3.0.1:8080"
  done
  echo COMMIT
} | ${restore}`;
const nftRules = (count) => `{
  echo "add table ip services"
  echo "add chain ip services pre { type nat hook prerouting priority dstnat; }"
  for i in $(seq ${count}); do
    echo "add rule ip services pre ip daddr 10.2.$((i / 256)).$((i % 256)) tcp dport 80 counter dnat to 10.3.0.1:8080"
  done
} | nft -f -`;
const interfaces = (count) => `for i in $(seq ${count}); do
  [ $((i % 2)) = 1 ] && echo "link add d$i type veth peer name d$((i + 1))"
  echo "address add 10.4.$((i / 256)).$((i % 256))/32 dev d$i"
done | ip -batch -`;

const HOSTS = [
  { name: 'a host with one network namespace', setup: '' },
  ...[1, 10, 100, 250].map((count) => ({
    name: `${count} more namespace${count === 1 ? '' : 's'}`,
    setup: namespaces(count),
    each: count,
  })),
  { name: '10,000 rules, iptables-legacy', setup: rules(10_000, 'iptables-legacy-restore') },
  { name: '10,000 rules, iptables-nft', setup: rules(10_000, 'iptables-nft-restore') },
  { name: '10,000 rules, nftables', setup: nftRules(10_000) },
  { name: '1,000 processes', setup: 'for i in $(seq 1000); do sleep 1000 & done' },
  { name: '500 interfaces', setup: interfaces(500) },
];

const folder = mkdtempSync(join(tmpdir(), 'twlint-bench-'));
try {
  const script = join(folder, 'script');
  const questions = planFor(collectors.keys(), collectors, 'all').first;
  // all the time it may take: what is measured is work, not what is left out
  writeFileSync(script, collectionScript(questions, 'twlint-0123456789abcdef0123456789abcdef', 600));
  const width = Math.max(...HOSTS.map(({ name }) => name.length));
  console.log(
    `${cpus()[0].model}, Linux ${release()}, ${SHELL}; ${RUNS} runs each, medians of milliseconds of processor time`,
  );
  console.log(`${'host'.padEnd(width)}  script  more than the first  for each namespace`);
  let plain = null;
  for (const { name, setup, each } of HOSTS.filter(({ name }, i) => i === 0 || name.includes(ONLY))) {
    const cost = measure(setup, script);
    plain ??= cost;
    const row = [
      cost.toFixed(0),
      (cost - plain).toFixed(0),
      each === undefined ? '' : ((cost - plain) / each).toFixed(1),
    ];
    console.log(
      [name.padEnd(width), ...row.map((cell, i) => cell.padStart([6, 19, 18][i]))].join('  ').trimEnd(),
    );
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/**
 * Returns the milliseconds of a run, of the script and of all that it started; the host's first process counts them. The
 * script comes by a pipe, as sshd gives it.
 */
function measure(setup, script) {
  const runs = `TIMEFORMAT="%3U %3S"
for run in $(seq ${RUNS + 1}); do time sh < <(exec cat ${script}) >/dev/null 2>&1; done`;
  const host = `mount --bind "$(command -v ${SHELL})" "$(readlink -f "$(command -v sh)")" && { ${PLAIN}\n${setup}\n} >/dev/null 2>&1\n${runs}`;
  const { stderr } = spawnSync('unshare', [...WITHIN, 'bash', '-c', host], { encoding: 'utf8' });
  // the first finds nothing cached
  const [, ...times] = stderr.trim().split('\n');
  const costs = times.map((line) =>
    line.split(' ').reduce((sum, seconds) => sum + Number(seconds) * 1000, 0),
  );
  if (costs.length !== RUNS || costs.some(Number.isNaN)) throw new Error(stderr.slice(0, 300));
  return costs.sort((a, b) => a - b)[Math.floor(RUNS / 2)];
}
