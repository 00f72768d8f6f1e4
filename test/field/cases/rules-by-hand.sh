# needs: iptables
# what people append to, and what they forward to hosts that are not forwarded to
iptables -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
iptables -A INPUT -i lo -j ACCEPT
iptables -A INPUT -p tcp --dport 22 -j ACCEPT
iptables -A INPUT -j REJECT --reject-with icmp-host-prohibited
look as-installed
iptables -A INPUT -p tcp --dport 443 -j ACCEPT
look appended
iptables -D INPUT -p tcp --dport 443 -j ACCEPT
sysctl -q -w net.ipv4.ip_forward=0
iptables -t nat -A PREROUTING -i eth0 -p tcp --dport 2222 -j DNAT --to-destination 192.0.2.77:22
look does-not-forward
iptables -t nat -F PREROUTING
sysctl -q -w net.ipv4.ip_forward=1
iptables -t nat -A POSTROUTING -s 10.0.0.0/8 -o eth0 -j SNAT --to-source 192.0.2.50
look source-of-nobody
ip address add 192.0.2.50/32 dev eth0
ip link add wg0 type veth peer name wg-peer
ip link set wg0 up
ip route add 10.9.0.0/16 dev wg0
iptables -t nat -A POSTROUTING -o wg0 -j MASQUERADE
look tunnel-without-address
ip address add 10.9.0.1/32 dev wg0
look healthy
