/**
 * The loop that reads a host's counters while it is watched. It is paced by its standard input: it has no clock, starts
 * one process for each line that it reads, and ends where its input ends, however that came about.
 */

import { namespaceFunctions } from './prelude.ts';
import type { Becoming } from './script.ts';
import { NAMESPACE_CAP } from './script.ts';

/** The files read of each namespace, below its /proc/PID/net. */
export const TICK_FILES = ['netstat', 'snmp', 'snmp6', 'sockstat', 'sockstat6', 'stat/nf_conntrack'] as const;

/** The limit of tracked connections, which is one for all namespaces. */
export const CONNTRACK_MAX = '/proc/sys/net/netfilter/nf_conntrack_max';

/** The files read of the host at each tick, whatever its namespaces. */
const HOST_FILES = ['/proc/uptime', '/proc/net/softnet_stat', CONNTRACK_MAX] as const;

/**
 * Reads a script from standard input, up to a line with a dot, and runs it. The rest of the input is the script's own.
 * In one line without single quotes: a login shell of any kind takes it as an argument. `$1`: the file that stands in
 * the place of standard input, which a sudo with a password has for itself.
 */
const LOADER = [
  '[ -z "$1" ] || exec <"$1"',
  'nl=$(printf "\\nx")',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: of sh
  'nl=${nl%x} script=',
  'while IFS= read -r line; do [ "$line" = . ] && break; script="$script$line$nl"; done',
  'eval "$script"',
].join('; ');

/**
 * Returns the command that runs what its standard input begins with, and leaves it the rest. Where another user's rights
 * are refused it runs without them, as the collection script does.
 */
export function pacedCommand({ become, withPassword }: Omit<Becoming, 'program'>): string {
  if (become === null) return `sh -c '${LOADER}'`;
  const orElse = (more: string) => `case $? in 1|${more}126|127) exec sh -c "$1" ;; esac`;
  if (withPassword && become === 'sudo') {
    const sudo = 'sudo -k -S -p "" sh -c "$1" sh /proc/$$/fd/0';
    return `cat | sh -c 'IFS= read -r word; printf "%s\\n" "$word" | ${sudo}; ${orElse('2|')}' sh '${LOADER}'`;
  }
  return `sh -c '${become} -n sh -c "$1"; ${orElse('')}' sh '${LOADER}'`;
}

/**
 * Returns the first part of the command's input: the loop's script, and the paths of namespaces that have no process of
 * their own, each of which gets one that waits for the loop's end. What follows are lines: numbers of processes for a
 * tick, or `namespaces` for a list of them.
 */
export function tickLoop(boundary: string, scope: 'all' | 'init', held: readonly string[]): string {
  const hold = held.map((path) => `hold ${path}\n`).join('');
  return `${script(boundary, scope)}.\n${hold}begin\n`;
}

const files = TICK_FILES.map((name) => `/proc/$pid/net/${name}`).join(' ');
const own = [...HOST_FILES, ...TICK_FILES.map((name) => `/proc/net/${name}`)].join(' ');

const script = (boundary: string, scope: string) => `
LC_ALL=C
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export LC_ALL PATH
umask 077
B=${boundary} SCOPE=${scope} CAP=${NAMESPACE_CAP}
unsupported() { exit 1; }
${namespaceFunctions}
# tick: one process reads the files of the line's processes; what is missing says nothing
tick() {
  set --
  for pid in $line; do
    set -- "$@" /proc/$pid/stat ${files}
  done
  printf "\\n%s <\\n" "$B"
  grep -aHs "" ${own} "$@"
  printf "\\n%s >\\n" "$B"
}
# hold PATH...: a process in each, which reads from a pipe that the loop alone can write to
hold() {
  exec 7<&0
  for path in "$@"; do
    nsenter --net="$path" cat <&7 7<&- 3>&- >/dev/null 2>&1 &
    printf "\\n%s held %s %s\\n" "$B" "$!" "$path" >&3
  done
  exec 3>&-
  wait
}
loop() {
  printf "\\n%s ready\\n" "$B"
  while IFS= read -r line; do
    case "$line" in
      namespaces)
        printf "\\n%s [\\n" "$B"
        (find_namespaces) 2>/dev/null
        printf "\\n%s ]\\n" "$B"
        ;;
      *[!0-9\\ ]*) ;;
      *) tick ;;
    esac
  done
}
set --
while IFS= read -r line; do
  case "$line" in
    "hold /"*) set -- "$@" "\${line#hold }" ;;
    *) break ;;
  esac
done
if [ "$#" = 0 ]; then
  loop
else
  { loop 8>&1 >&3 3>&- | hold "$@"; } 3>&1
fi
`;
