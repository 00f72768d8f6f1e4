#!/bin/sh
# host.sh NAME ADDRESS LAB DIR BACKEND RECYCLE: becomes the first process of one lab host, and then its sshd.
set -eu
name=$1 address=$2 lab=$3 dir=$4 backend=$5 recycle=$6

mount --make-rprivate /
mount -t tmpfs -o mode=755 tmpfs /run
mkdir /run/sshd /run/netns
hostname "$name"

ip link set lo up
ip addr add "$address/16" dev eth0
ip link set eth0 up
ip link add cni0 type bridge
ip addr add "10.244.${address##*.}.1/24" dev cni0
ip link set cni0 up
echo 1 >/proc/sys/net/ipv4/ip_forward

# flannel's rules
nat() { "iptables-$backend" -t nat -A POSTROUTING "$@"; }
nat -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE
nat -s 10.244.0.0/16 -d 10.244.0.0/16 -j RETURN
nat -s 10.244.0.0/16 ! -d 224.0.0.0/4 -j MASQUERADE
nat ! -s 10.244.0.0/16 -d 10.244.0.0/16 -j MASQUERADE

# a container, with a process in it
ip netns add pod
ip netns exec pod ip link set lo up
ip netns exec pod sleep 86400 &

# A key that this kernel no longer has: a tmpfs over its folder, each real key bound back, so that all others stay
# live. (procfs cannot be below an overlayfs, and sysctl(8) refuses links that lead out of /proc/sys.)
keys=/proc/sys/net/ipv4
fake=$(mktemp -d /run/ipv4.XXXXXX)
mount -t tmpfs -o mode=555,size=1m tmpfs "$fake"
for entry in "$keys"/*; do
  if [ -d "$entry" ]; then mkdir "$fake/${entry##*/}"; else : >"$fake/${entry##*/}"; fi
  mount --bind "$entry" "$fake/${entry##*/}"
done
echo "$recycle" >"$fake/tcp_tw_recycle"
mount --move "$fake" "$keys"

cat >"$dir/sshd_config" <<C
ListenAddress $address
HostKey $dir/host_key
PidFile $dir/sshd.pid
AuthorizedKeysFile $lab/key.pub
StrictModes no
UsePAM no
UseDNS no
PasswordAuthentication no
LogLevel VERBOSE
SetEnv HOME=$lab/home
C
exec /usr/sbin/sshd -D -e -f "$dir/sshd_config"
