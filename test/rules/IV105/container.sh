# a container behind a published port
. "$FILES/../shell.sh"
set_key net.ipv4.ip_forward=1
ip netns add web
ip link add web type veth peer name eth0 netns web
ip address add 10.0.0.1/24 dev web
ip link set web up
ip netns exec web sh -ec 'ip link set lo up; ip address add 10.0.0.2/24 dev eth0; ip link set eth0 up; ip route add default via 10.0.0.1'
iptables -t nat -A PREROUTING -d 192.0.2.10/32 -p tcp --dport 8080 -j DNAT --to-destination 10.0.0.2:80
