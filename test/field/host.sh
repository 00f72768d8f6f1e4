# A host of its own for a case, to be sourced as the first process of new namespaces (net, mount, pid). $TWLINT is the
# command, $SEEN a folder for what the host says.
set -eu
exec 1>&2

mount --make-rprivate /
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p /run/lock /run/dbus /run/netns
for folder in /etc/sysctl.d /usr/lib/sysctl.d /usr/local/lib/sysctl.d /etc/keepalived; do
  [ ! -d "$folder" ] || mount -t tmpfs -o mode=755 tmpfs "$folder"
done
: >/run/sysctl.conf
mount --bind /run/sysctl.conf /etc/sysctl.conf

# a namespace begins with what the machine has (net.core.devconf_inherit_init_net)
sysctl -q -w net.ipv4.ip_forward=0
ip link set lo up
ip link add eth0 type veth peer name wire
ip address add 192.0.2.10/24 dev eth0
ip link set eth0 up
ip link set wire up
ip route add default via 192.0.2.1

printf 'all: { hosts: { here: { ansible_connection: local } } }\n' >/run/hosts.yaml

# private FOLDER: what a program writes there is gone with this host
private() {
  copy=$(mktemp -d /run/private.XXXXXX)
  [ ! -d "$1" ] || cp -a "$1/." "$copy"
  mkdir -p "$1"
  mount --bind "$copy" "$1"
}

# soon COMMAND: until it succeeds, for half a minute at most
soon() {
  tries=300
  until "$@" >/dev/null 2>&1; do
    tries=$((tries - 1))
    [ "$tries" -gt 0 ] || { echo "never: $*"; exit 1; }
    sleep 0.1
  done
}

# look WHAT: keeps what this host says now
look() {
  $TWLINT collect -q -i /run/hosts.yaml -o "$SEEN/$1" >/run/collect.log 2>&1 || { cat /run/collect.log; exit 1; }
}
