# a node on whose kernel br_netfilter is a module, and is loaded
. "$FILES/../shell.sh"
mount -t tmpfs tmpfs /sys/module
mkdir /sys/module/br_netfilter
echo live >/sys/module/br_netfilter/initstate
idle_modprobe
set_key net.ipv4.ip_forward=1
traffic listen 0.0.0.0 10250
