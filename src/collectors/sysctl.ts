import { command, defineCollector, t } from '../define.ts';
import type { Line } from '../model.ts';
import { sysctlKeyOfPath, sysctlNumber, sysctlValue } from '../network/sysctl/key.ts';
import { readSysctlRow } from '../network/sysctl/listing.ts';
import { withoutRemark } from '../network/unseen.ts';
import { emptyTable } from '../word-table.ts';

const FOLDER = '/proc/sys/net';

/** The keys that are not read: secrets, and those that do something when they are written. */
const LEFT_OUT = ['flush', 'tcp_fastopen_key', 'stable_secret', 'netdev_rss_key'];
/** Each network interface has 30 keys of its own, of which these decide about packets. */
const OF_INTERFACES =
  'rp_filter arp_ignore arp_announce arp_filter route_localnet forwarding accept_local src_valid_mark force_forwarding proxy_arp';

// one grep finds and reads all; what is of interfaces is named. Adding to a short text is quick, to a long one slow
const LIST = `cd ${FOLDER} || exit
few= all=
set +f
for family in ipv4 ipv6; do
  keys=
  for key in ${OF_INTERFACES}; do [ ! -e "$family/conf/default/$key" ] || keys="$keys $key"; done
  for device in "$family"/conf/*; do
    case $device in */all | */default) continue ;; esac
    for key in $keys; do few="$few $device/$key"; done
    case \${#few} in ????*) words="$words$few" few= ;; esac
  done
done
for folder in ipv[46]/conf/all ipv[46]/conf/default ipv[46]/neigh/default; do [ ! -e "$folder" ] || all="$all $folder"; done
set -- ${LEFT_OUT.map((name) => `--exclude=${name}`).join(' ')} *
words="-r --exclude-dir=conf --exclude-dir=neigh $*$all $words$few"
set -f`;

// dash and ash read one byte at a time, and a sysctl gives all of itself in the first read or nothing: so `read` will
// not do, and one grep names and reads hundreds.
const ask = `add() {
  for path in "$@"; do
    case "$path" in ${LEFT_OUT.map((name) => `*/${name}`).join(' | ')}) continue ;; esac
    [ -f "$path" ] || continue
    if [ -r "$path" ]; then list="$list $path"; else echo "test: $path: Permission denied"; fi
  done
}
read_all() {
  [ -n "$list" ] || return 0
  { errors=$(set -f; grep -H "" $list 2>&1 >&3 3>&-); code=$?; } 3>&1
  list=
  [ -n "$errors" ] && printf "%s\\n" "$errors"
  [ "$code" -le 2 ] || exit "$code"
}
list=
cd /proc/sys/net || exit
add /proc/sys/net/* /proc/sys/net/*/*
for folder in /proc/sys/net/*/*; do
  case "$folder" in */conf | */neigh) continue ;; esac
  [ -d "$folder" ] && add "$folder"/*
done
add /proc/sys/net/ipv[46]/conf/all/* /proc/sys/net/ipv[46]/conf/default/* /proc/sys/net/ipv[46]/neigh/default/*
read_all
count=0
for folder in /proc/sys/net/ipv[46]/conf/*; do
  case "$folder" in */all | */default) continue ;; esac
  for key in ${OF_INTERFACES}; do add "$folder/$key"; done
  count=$((count + 1))
  [ $((count % 100)) -ne 0 ] || read_all
done
read_all`;

const probes = {
  values: command(FOLDER, ask, {
    reading: { kind: 'files', folder: `${FOLDER}/`, list: LIST, relative: true },
  }),
};

export default defineCollector({
  id: 'sysctl',
  doc: 'The settings below net.* that this namespace shows, by name. An integer is a number, anything else text.',
  scope: 'netns',
  samples: 1,
  probes,
  type: t.map(t.any()),
  parse({ values }) {
    const { text: listing, unseen } = withoutRemark(values);
    const { settings, unreadable } = entries(listing);
    if (settings.size === 0 && unseen === null) throw new Error(`${FOLDER} has no settings`);
    const value = emptyTable<unknown>();
    const lines = emptyTable<Line>();
    for (const [key, { text, place }] of settings) {
      value[key] = sysctlNumber(text) ?? text;
      lines[key] = { ...place, text: place.origin === FOLDER ? `${key} = ${text}` : text };
    }
    return { value, lines, unreadable, ...(unseen === null ? {} : { partial: unseen }) };
  },
});

interface Setting {
  text: string;
  place: Omit<Line, 'text'>;
}

function entries(answer: string) {
  const settings = new Map<string, Setting>();
  const unreadable = emptyTable<string>();
  let last = '';
  const add = (key: string, text: string, place: Setting['place']) => {
    const earlier = settings.get(key);
    // what has several lines is listed line by line, one below the other
    if (earlier === undefined || key === last)
      settings.set(key, earlier ? { ...earlier, text: `${earlier.text}\n${text}` } : { text, place });
    else if (earlier.text !== text) unreadable[key] = `it is listed twice, as ${earlier.text} and as ${text}`;
    last = key;
  };
  for (const [i, line] of answer.split('\n').entries()) {
    if (line === '') continue;
    // /proc/sys/net/ipv4/tcp_rmem:4096	131072	6291456
    const [, origin, text = ''] = /^(\/proc\/sys\/[^:]+):(.*)$/.exec(line) ?? [];
    if (origin !== undefined) {
      add(sysctlKeyOfPath(origin), sysctlValue(text), { origin, line: 1 });
      continue;
    }
    // grep: /proc/sys/net/core/bpf_jit_harden: Permission denied
    const [, refused, why = ''] = /^\w+: (\/proc\/sys\/[^:]+): (.+)$/.exec(line) ?? [];
    const listed = readSysctlRow(line);
    if (refused !== undefined) unreadable[sysctlKeyOfPath(refused)] = why.toLowerCase();
    else if (listed?.kind === 'value') {
      if (listed.key.startsWith('net.')) add(listed.key, listed.text, { origin: FOLDER, line: i + 1 });
    } else if (listed) unreadable[listed.key] = listed.text;
    else throw new Error(`"${line.slice(0, 80)}" is no setting`);
  }
  for (const key of Object.keys(unreadable)) settings.delete(key);
  return { settings, unreadable };
}
