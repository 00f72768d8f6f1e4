#!/bin/sh
# up.sh N DIR [UPLINK...]: N hosts on this machine, each its own network, mount, process and host-name namespace, with a
# real sshd,
# a real NAT table (iptables-nft on even hosts, iptables-legacy on odd ones), one container, and an emulated
# net.ipv4.tcp_tw_recycle (0 on every third host, 1 on the others). Writes DIR/lab.yaml, key, known_hosts, hosts.
# Hosts are joined to a bridge by these uplinks in turn: veth (where none is named), macvlan, bridge, vlan, bond.
# Needs root, iproute2, util-linux, iptables, openssh-server. down.sh DIR ends them.
set -eu
count=${1:?how many hosts} lab=${2:?a folder}
shift 2
[ $# -gt 0 ] || set -- veth
here=$(cd "$(dirname "$0")" && pwd)
[ "$count" -le 200 ] || { echo "at most 200 hosts" >&2; exit 2; }

mkdir -p "$lab/home"
lab=$(cd "$lab" && pwd)
tag=lab$(printf '%s' "$lab" | cksum | cut -c1-4)
echo "$tag" >"$lab/tag"
ssh-keygen -q -t ed25519 -N '' -C twlint-lab -f "$lab/key"
ip link add "${tag}br" type bridge
ip addr add 10.99.0.1/16 dev "${tag}br"
ip link set "${tag}br" up

# uplink N NAME KIND: eth0 in the namespace NAME, joined to the bridge
uplink() {
  port=${tag}v$1
  case $3 in
    macvlan)
      # whoever stands on a device can't be reached from that device's own host: it stands on a pair of its own
      ip link add "$port" type veth peer name "${tag}m$1"
      ip link set "${tag}m$1" up
      ip link add eth0 netns "$2" link "${tag}m$1" type macvlan mode bridge
      ;;
    veth) ip link add "$port" type veth peer name eth0 netns "$2" ;;
    *) ip link add "$port" type veth peer name up0 netns "$2" ;;
  esac
  case $3 in
    bridge) ip -n "$2" link add eth0 type bridge; ip -n "$2" link set up0 master eth0 up ;;
    bond) ip -n "$2" link add eth0 type bond mode active-backup; ip -n "$2" link set up0 master eth0; ip -n "$2" link set up0 up ;;
    vlan)
      ip -n "$2" link set up0 up
      ip -n "$2" link add eth0 link up0 type vlan id 7
      ip link set "$port" up
      ip link add "$port.7" link "$port" type vlan id 7
      port=$port.7
      ;;
  esac
  ip link set "$port" master "${tag}br" up
}

# host_up N KIND
host_up() {
  name=$tag$1 address=10.99.1.$1 dir=$lab/$1
  mkdir -p "$dir"
  if [ $(($1 % 2)) = 0 ]; then backend=nft; else backend=legacy; fi
  if [ $(($1 % 3)) = 0 ]; then recycle=0; else recycle=1; fi
  ssh-keygen -q -t ed25519 -N '' -C "$name" -f "$dir/host_key"
  ip netns add "$name"
  uplink "$1" "$name" "$2"
  ip netns exec "$name" unshare --uts --mount --pid --fork --mount-proc \
    "$here/host.sh" "host-$1" "$address" "$lab" "$dir" "$backend" "$recycle" >"$dir/log" 2>&1 </dev/null &
  echo "host-$1 $address $backend $recycle $name" >"$dir/hosts"
  echo "$address $(cut -d' ' -f1,2 "$dir/host_key.pub")" >"$dir/known_hosts"
  printf '    host-%s: { ansible_host: %s }\n' "$1" "$address" >"$dir/lab.yaml"
}

for i in $(seq "$count"); do
  kind=$1
  shift
  set -- "$@" "$kind"
  host_up "$i" "$kind"
done
for i in $(seq "$count"); do
  tries=0
  until [ -s "$lab/$i/sshd.pid" ]; do
    tries=$((tries + 1))
    [ "$tries" -lt 300 ] || { echo "host-$i did not come up:" >&2; cat "$lab/$i/log" >&2; exit 1; }
    sleep 0.1
  done
done

{
  printf 'all:\n  vars: { ansible_user: root, ansible_ssh_private_key_file: %s/key }\n  hosts:\n' "$lab"
  for i in $(seq "$count"); do cat "$lab/$i/lab.yaml"; done
} >"$lab/lab.yaml"
for i in $(seq "$count"); do cat "$lab/$i/known_hosts"; done >"$lab/known_hosts"
for i in $(seq "$count"); do cat "$lab/$i/hosts"; done >"$lab/hosts"
echo "$count hosts: twlint audit -i $lab/lab.yaml --known-hosts $lab/known_hosts"
