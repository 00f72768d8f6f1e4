#!/bin/sh
# down.sh DIR: ends what up.sh DIR began, by its namespaces, also when up.sh was stopped half-way.
set -u
lab=${1:?the folder given to up.sh}
tag=$(cat "$lab/tag") || exit 0
for name in $(ip netns list | awk -v tag="$tag" '$1 ~ "^" tag "[0-9]+$" { print $1 }'); do
  pids=$(ip netns pids "$name" 2>/dev/null)
  # the first process of a process namespace takes all others with it, but heeds only SIGKILL from outside
  [ -z "$pids" ] || kill -KILL $pids 2>/dev/null
  ip netns del "$name"
done
for device in $(ip -o link | grep -o "${tag}[vm][0-9]*"); do ip link del "$device" 2>/dev/null; done
ip link del "${tag}br" 2>/dev/null
rm -rf "$lab"
