# a pod as Cilium makes it: its interface on the node has no address, and the route to pods leads to cilium_host
. "$FILES/../shell.sh"
set_key net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0 net.ipv4.ip_forward=1
ip link add cilium_host type veth peer name cilium_net
ip link set cilium_host up
ip link set cilium_net up
ip address add 10.0.0.1/32 dev cilium_host
ip route add 10.0.0.0/24 dev cilium_host
pod lxc1a2b 10.0.0.5/32 10.0.0.1
at lxc1a2b ip neigh add 10.0.0.1 lladdr "$(ip -o link show lxc1a2b | sed 's/.*ether \([0-9a-f:]*\).*/\1/')" dev eth0
