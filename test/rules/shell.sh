# Sourced before each script of a proof, within its host. $TRAFFIC and $OLD_KEY are the programs beside this file.
set -eu
PATH=/usr/sbin:/usr/bin:/sbin:/bin:$PATH
# what Python comes with is compiled already; what is beside this file is short, and stays as it is
export PYTHONDONTWRITEBYTECODE=1

# peer COMMAND...: on the other end of the wire, 192.0.2.1; the host is 192.0.2.10
peer() { at peer "$@"; }

# place NAME: one more network namespace that is not looked at; at NAME COMMAND...: there
place() {
  : >"/run/$1"
  unshare --net="/run/$1" ip link set lo up
}
at() {
  place=$1
  shift
  nsenter --net="/run/$place" "$@"
}

# wire NAME ADDRESS/LENGTH PLACE ADDRESS/LENGTH: joins the host to a place, by an interface of that name on both ends
wire() {
  ip link add "$1" type veth peer name "$1" netns "/run/$3"
  ip address add "$2" dev "$1"
  ip link set "$1" up
  at "$3" ip address add "$4" dev "$1"
  at "$3" ip link set "$1" up
}

# pod NAME ADDRESS/LENGTH GATEWAY: one more place, behind the interface NAME; netns/NAME is one that is looked at
pod() {
  place "$1"
  ip link add "${1#netns/}" type veth peer name eth0 netns "/run/$1"
  ip link set "${1#netns/}" up
  at "$1" sh -ec "ip address add $2 dev eth0; ip link set eth0 up; ip route add default via $3 dev eth0 onlink"
}

# within SECONDS COMMAND...: does it succeed by then?
within() {
  tries=$(($1 * 5))
  shift
  until "$@"; do
    tries=$((tries - 1))
    [ "$tries" -gt 0 ] || return 1
    sleep 0.2
  done
}

# holds ADDRESS [COMMAND...]: is it on an interface, of where COMMAND leads?
holds() {
  address=$1
  shift
  "$@" ip -4 -o address | grep -qF " $address/"
}

# vrrp FILE [COMMAND...]: keepalived, in the background, where COMMAND leads; no_vrrp FILE... ends them
vrrp() {
  file=$1
  shift
  name=/run/$(basename "$file" .conf)
  "$@" keepalived -P -n -l -D -f "$file" -p "$name.pid" -r "$name-vrrp.pid" >"$name.log" 2>&1 &
}
no_vrrp() {
  for file; do
    name=/run/$(basename "$file" .conf)
    [ ! -e "$name.pid" ] || kill "$(cat "$name.pid")" 2>/dev/null || :
    within 20 test ! -e "$name.pid"
  done
}
# uplink NAME ADDRESS/LENGTH PEER-ADDRESS/LENGTH: one more wire to the peer
uplink() { wire "$1" "$2" peer "$3"; }

set_key() { sysctl -q -w "$@"; }

# is KEY VALUE: what is in force, numbers apart by single blanks
is() { [ "$(sysctl -n "$1" | tr -s '\t ' ' ')" = "$2" ]; }

# boots: what the system's own program makes of the host's files, as it does at boot
boots() { sysctl -q --system; }

# next_boot KEY: its value once the host's files were applied where nothing else set anything, which is in a network
# namespace that has just begun
next_boot() {
  unshare --net sh -c '
    sysctl -q -w net.ipv4.ip_forward=0
    if [ -d /run/systemd/system ]; then /usr/lib/systemd/systemd-sysctl; else sysctl -q --system; fi
    sysctl -n "$1"' sh "$1" 2>/dev/null | tr -s '\t ' ' '
}

# traffic COMMAND...: see traffic.py
traffic() { python3 -S "$TRAFFIC" "$@"; }
peer_traffic() { traffic_at peer "$@"; }
traffic_at() {
  place=$1
  shift
  python3 -S "$TRAFFIC" --namespace "/run/$place" "$@"
}

# track COUNT [half-open]: entries of the conntrack table, see track.py
track() { python3 "${TRAFFIC%/*}/track.py" "$@"; }

# counter NAME [FILE...]: of /proc/net/netstat or snmp, as nstat calls it
counter() {
  name=$1
  shift
  [ $# -gt 0 ] || set -- /proc/net/netstat /proc/net/snmp
  awk -v name="$name" '
    { group = $1; sub(":", "", group); if (group == "TcpExt") group = "" }
    $2 !~ /^-?[0-9]/ { for (i = 2; i <= NF; i++) names[i] = group $i; next }
    { for (i = 2; i <= NF; i++) if (names[i] == name) { print $i; exit } }' "$@"
}

# count_as NAME VALUE FILE: gives a counter of TcpExt another value in a file that a host once said
count_as() {
  awk -v name="$1" -v value="$2" '
    $1 == "TcpExt:" && $2 !~ /^-?[0-9]/ { for (i = 2; i <= NF; i++) if ($i == name) at = i }
    $1 == "TcpExt:" && $2 ~ /^-?[0-9]/ && at { $at = value }
    { print }' "$3" >count_as.new
  mv count_as.new "$3"
}

# grown COUNTER COMMAND...: by how much, while that runs
grown() {
  name=$1
  shift
  before=$(counter "$name")
  "$@" || :
  echo $(($(counter "$name") - before))
}

# grows COUNTER COMMAND...: does it, while that runs?
grows() {
  name=$1
  shift
  before=$(counter "$name")
  "$@" || :
  [ "$(counter "$name")" -gt "$before" ]
}

# old_key KEY VALUE: a key below net.ipv4 that this kernel no longer has
old_key() { python3 "$OLD_KEY" "$@"; }

# enabled NAME...: the services that the next boot starts, and no others
enabled() {
  for folder in /etc/systemd/system /etc/rc[S2345].d; do
    [ ! -d "$folder" ] || mount -t tmpfs -o mode=755,size=1m tmpfs "$folder"
  done
  mkdir -p /etc/systemd/system/multi-user.target.wants
  for name; do ln -s "/usr/lib/systemd/system/$name.service" /etc/systemd/system/multi-user.target.wants/; done
}

# has FILE OTHER: the text of that file is, for this host, that of the other one
has() {
  [ -e "$1" ] || { echo "has: no $1 is there"; return 2; }
  mount --bind "$2" "$1"
}

# idle_modprobe: modprobe is an empty program
idle_modprobe() {
  printf '#!/bin/sh\n' >/run/modprobe
  chmod +x /run/modprobe
  mount -t tmpfs tmpfs /usr/local/sbin
  cp /run/modprobe /usr/local/sbin
  [ ! -e /usr/sbin/modprobe ] || mount --bind /run/modprobe "$(readlink -f /usr/sbin/modprobe)"
}

# state: the settings that are this host's own, and the files that decide about them
state() {
  find /proc/sys/net -type f -perm -u+rw ! -name '*_key' ! -name stable_secret -exec grep -H '' {} + 2>/dev/null || :
  for file in /etc/sysctl.conf /etc/sysctl.d/* /etc/modules /etc/modules-load.d/*; do
    [ ! -f "$file" ] || { echo "== $file"; cat "$file"; }
  done
}

# keep_files, put_back_files: as they are once the defect is there
keep_files() {
  rm -rf /run/kept
  mkdir /run/kept
  cp /etc/sysctl.conf /run/kept/ 2>/dev/null || :
  cp -R /etc/sysctl.d /etc/modules-load.d /run/kept/
}
put_back_files() {
  [ ! -f /run/kept/sysctl.conf ] || cat /run/kept/sysctl.conf >/etc/sysctl.conf
  for folder in sysctl.d modules-load.d; do
    rm -rf /etc/$folder/*
    cp -R /run/kept/$folder/. /etc/$folder/
  done
}
