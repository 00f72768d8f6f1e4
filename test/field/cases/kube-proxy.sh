# needs: iptables-restore
# kube-proxy's own test data, behind the bridge of a network plugin
ip link add cni0 type bridge
ip address add 10.180.0.254/24 dev cni0
ip link set cni0 up
sysctl -q -w net.ipv4.ip_forward=1
iptables-restore <"$DATA/kubernetes/basic_dump.txt"
for chain in PREROUTING OUTPUT; do iptables -t nat -A "$chain" -j KUBE-SERVICES; done
iptables -t nat -A POSTROUTING -j KUBE-POSTROUTING
iptables -A FORWARD -j KUBE-FORWARD
look kube-proxy
