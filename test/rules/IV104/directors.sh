# two directors and a client on one bridge; the first has the address, and hands it on to a container
. "$FILES/../shell.sh"
set_key net.ipv4.ip_forward=1
ip link add lan type bridge
ip address add 198.51.100.1/24 dev lan
ip address add 198.51.100.50/32 dev lan
ip link set lan up
pod client 198.51.100.3/24 198.51.100.1
ip link set client master lan
container() {
  ip netns add "$1"
  ip link add "$1" type veth peer name eth0 netns "$1"
  ip link set "$1" up
  ip netns exec "$1" sh -ec "ip link set lo up; ip address add $2/24 dev eth0; ip link set eth0 up; ip route add default via $3"
}
container second 198.51.100.2 198.51.100.1
ip link set second master lan
container web 10.0.0.2 10.0.0.1
ip address add 10.0.0.1/24 dev web
traffic_at netns/web listen 0.0.0.0 80
iptables -t nat -A PREROUTING -d 198.51.100.50/32 -p tcp --dport 80 -j DNAT --to-destination 10.0.0.2:80
