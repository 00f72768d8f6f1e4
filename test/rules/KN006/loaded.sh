# a node on whose kernel br_netfilter is a module, and is loaded
. "$FILES/../shell.sh"
mount -t tmpfs tmpfs /sys/module
mkdir /sys/module/br_netfilter
echo live >/sys/module/br_netfilter/initstate
set_key net.ipv4.ip_forward=1
traffic listen 0.0.0.0 10250
mount -t tmpfs tmpfs /usr/local/sbin
printf '#!/bin/sh\n' >/usr/local/sbin/modprobe
chmod +x /usr/local/sbin/modprobe
