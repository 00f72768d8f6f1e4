# a node on whose kernel br_netfilter is a module, and is loaded
. "$FILES/../shell.sh"
mount -t tmpfs tmpfs /sys/module
mkdir /sys/module/br_netfilter
echo live >/sys/module/br_netfilter/initstate
printf '#!/bin/sh\n' >/run/modprobe
chmod +x /run/modprobe
mount -t tmpfs tmpfs /usr/local/sbin
cp /run/modprobe /usr/local/sbin
[ ! -e /usr/sbin/modprobe ] || mount --bind /run/modprobe "$(readlink -f /usr/sbin/modprobe)"
set_key net.ipv4.ip_forward=1
traffic listen 0.0.0.0 10250
