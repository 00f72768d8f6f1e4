# service ENDPOINT: UDP to a Service's address is sent on there; 10.244.1.8 is a pod, and nobody has 10.244.1.9
service() {
  set_key net.ipv4.ip_forward=1
  pod endpoint 10.244.1.8/24 10.244.1.1
  ip address add 10.244.1.1/24 dev endpoint
  peer ip route add 10.96.0.0/12 via 192.0.2.10
  iptables-nft -t nat -N KUBE-SERVICES
  iptables-nft -t nat -A PREROUTING -j KUBE-SERVICES
  iptables-nft -t nat -A KUBE-SERVICES -d 10.96.0.10/32 -p udp --dport 53 -j DNAT --to-destination "$1:53"
}
