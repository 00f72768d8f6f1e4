# two pods on one bridge, and a Service, in a chain of kube-proxy's
. "$FILES/../shell.sh"
set_key net.ipv4.ip_forward=1
ip link add cni0 type bridge
ip address add 10.244.1.1/24 dev cni0
ip link set cni0 up
pod caller 10.244.1.2/24 10.244.1.1
pod dns 10.244.1.3/24 10.244.1.1
ip link set caller master cni0
ip link set dns master cni0
iptables -t nat -N KUBE-SERVICES
iptables -t nat -A PREROUTING -j KUBE-SERVICES
iptables -t nat -A KUBE-SERVICES -d 10.96.0.10/32 -p tcp --dport 53 -j DNAT --to-destination 10.244.1.3:53
traffic_at dns serve 10.244.1.3 53
