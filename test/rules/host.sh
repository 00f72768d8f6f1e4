#!/bin/sh
# host.sh NAME: becomes the first process of a host of its own, in namespaces that `unshare` made (net, mount, uts, pid).
# Its files are its own, as far as rules read or remedies write them; its wire leads to a peer, a network namespace that
# has no name, so that only the host is looked at.
set -eu
mount --make-rprivate /
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p /run/netns /run/lock /run/sysctl.d
for folder in /etc/sysctl.d /usr/lib/sysctl.d /usr/local/lib/sysctl.d /etc/modules-load.d /usr/lib/modules-load.d \
  /etc/keepalived; do
  [ ! -d "$folder" ] || mount -t tmpfs -o mode=755,size=1m tmpfs "$folder"
done
for file in /etc/sysctl.conf /etc/modules; do
  : >"/run/${file##*/}"
  [ ! -e "$file" ] || mount --bind "/run/${file##*/}" "$file"
done
hostname "$1"

: >/run/peer
unshare --net=/run/peer true
# a namespace begins with what the machine has (net.core.devconf_inherit_init_net)
sysctl -q -w net.ipv4.ip_forward=0
ip link set lo up
ip link add eth0 type veth peer name eth0 netns /run/peer
ip address add 192.0.2.10/24 dev eth0
ip link set eth0 up
nsenter --net=/run/peer sh -c 'ip link set lo up; ip address add 192.0.2.1/24 dev eth0; ip link set eth0 up'
ip route add default via 192.0.2.1
echo READY
exec sleep 86400
