/**
 * The sh functions that end the script, with all that it has started, when its time is up or nobody listens any more.
 * As in the prelude: no single quotes, and nothing but what dash, busybox ash and bash 3.2 have.
 *
 * The shell that asks writes lines to the watchdog, in a pipe that all of its descendants inherit as descriptor 8: who
 * holds that is ours, whoever its parent is now; the script has ended when nobody does. So what redirects it does so by
 * exec: dash and busybox ash keep a copy of what they redirect for a function. A heartbeat goes to standard output; answers are read without it.
 */
export const watchdogFunctions = `
# clock: a line to the watchdog each second; it is not among those that are stopped. A process that is not known is left
# out of what kill gets: an empty word is 0 to some shells, and that is the whole group. Once all is asked it lets the
# pipe go: who still holds that when the second is over has left its parents, and is ended.
clock() {
  nap= over=
  trap "kill \\$nap; exit" TERM
  trap "over=yes; exec 6</proc/self/fd/7 7>&-" USR1
  while [ -z "$over" ]; do
    sleep 1 7>&- &
    nap=$!
    wait "$nap"
    slept=$?
    [ -z "$over" ] || break
    [ "$slept" = 0 ] || { echo end >&7; exit; }
    echo tick >&7
  done
  wait "$nap"
  PIPE=/proc/self/fd/6
  stop_ours
  kill -KILL $ours
}

# heart: a sign of life for each line read; it ends where nobody takes that. Others write to the same pipe, so it has one
# line, which every shell writes at once: bash writes each line on its own
heart() {
  trap "" PIPE
  while read -r beat; do printf "%s ~\\n" "$B" || exit; done
}

# watch: reads what the clock and the shells that ask say; the heart reads what it prints. A clock that ticks after all
# was asked has not heard so: a signal that comes before its trap is set may be lost
watch() {
  trap "" HUP INT PIPE
  total=0 spent=0 limit=20 askers= clock= over= PIPE=/proc/self/fd/0
  while read -r event pids; do
    case "$event" in
      clock) clock=$pids ;;
      ask) askers=$pids spent=0 && limit_question ;;
      tick) if [ -n "$over" ]; then kill -USR1 $clock; else tick; fi ;;
      done) over=yes && kill -USR1 $clock || end_all ;;
      *) end_all ;;
    esac
  done
  # nobody holds the pipe any more
  kill $clock
}
# limit_question: a quarter of the time that is left, so that the sum never is more
limit_question() {
  limit=$(((DEADLINE - total) / 4))
  [ "$limit" -le 20 ] || limit=20
  [ "$limit" -ge 2 ] || limit=2
}
tick() {
  total=$((total + 1)) spent=$((spent + 1))
  echo beat && kill -0 "$$" \${askers%% *} && [ "$total" -lt $((DEADLINE + 5)) ] || end_all
  if [ "$total" = "$DEADLINE" ]; then
    kill -USR2 $askers
    end_question
  elif [ "$spent" -ge "$limit" ]; then
    end_question
  fi
}

# end_question: the shells that ask go on, with the next one
end_question() {
  spent=0
  stop_ours "$askers"
  [ -n "$ours" ] || return 0
  kill -USR1 \${askers##* }
  kill -KILL $ours
}
end_all() {
  stop_ours
  kill -KILL $ours
  kill $clock
  # the heart may wait for somebody to take its last beat
  for process in /proc/[1-9]*; do
    [ "$process/fd/0" -ef /proc/self/fd/1 ] && kill -KILL "\${process#/proc/}"
  done
  exit
}
# stop_ours EXCEPT: stops all of ours but these, until no more turn up
stop_ours() {
  ours= before=-
  while [ "$ours" != "$before" ]; do
    before=$ours ours=
    for process in /proc/[1-9]*; do
      [ "$process/fd/8" -ef "$PIPE" ] || continue
      pid=\${process#/proc/}
      case " $1 " in *" $pid "*) ;; *) ours="$ours $pid" ;; esac
    done
    kill -STOP $ours
  done
}
`;

/** The sh function that the script itself begins with, before it reads anything. */
export const boundedFunction = `# bounded: no process may take more: 60 s of processor, 1 GiB, files of 128 MiB; none leaves a core file
bounded() {
  ulimit -c 0
  ulimit -t 60
  ulimit -v 1048576
  ulimit -f 262144
}`;
