#!/bin/sh
# Makes a host of this machine for as long as it takes to look at it twice, with rules, settings and one more network
# namespace. It has namespaces of its own, of processes too: those of other tests are nobody's here. Usage:
# unshare -n -m -p -f --mount-proc host.sh FOLDER LIVE-AUDIT...
set -e
folder=$1
shift
mkdir -p /run/netns
mount -t tmpfs none /run/netns
mount -t tmpfs -o mode=755 none /etc/sysctl.d
mount -t sysfs none /sys
echo "net.ipv4.tcp_tw_recycle = 1" >/etc/sysctl.d/99-greenplum.conf
ip link set lo up
ip netns add blue
ip link add veth0 type veth peer name eth0 netns blue
ip address add 10.244.3.1/24 dev veth0
ip link set veth0 up
ip netns exec blue ip address add 10.244.3.27/24 dev eth0
ip netns exec blue ip link set eth0 up
ip netns exec blue ip route add default via 10.244.3.1
iptables-nft -t nat -A POSTROUTING -s 10.244.0.0/16 -j MASQUERADE
ip netns exec blue iptables-nft -t nat -A POSTROUTING -j MASQUERADE
sysctl -q -w net.ipv4.ip_forward=0 net.ipv4.tcp_syncookies=0 net.ipv4.tcp_sack=0
"$@" || true
# nf_tables that is no module is asked for only with --allow-system-changes
sos report --batch --quiet --allow-system-changes --tmp-dir "$folder" \
  -o networking,kernel,process,ipvs,host,date,system >&2
