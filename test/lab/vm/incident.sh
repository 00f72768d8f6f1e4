#!/bin/sh
# The incident on one machine: this one is s2, the director, with flannel's rules; the real server and a client are
# network namespaces. The real server answers with the address that it sees its client come from.
set -eu
VIP=192.168.128.5

ip netns add master
ip netns add m1
on_master='ip netns exec master' on_m1='ip netns exec m1'

ip link add eth1 type veth peer name eth1 netns m1
ip address add 192.168.128.149/24 dev eth1
ip address add $VIP/32 dev eth1
ip link set eth1 up
$on_m1 ip address add 192.168.128.158/24 dev eth1
$on_m1 ip link set eth1 up

ip link add cni0 type bridge
ip address add 10.244.3.1/24 dev cni0
ip link set cni0 up
ip link add vcni type veth peer name eth0 netns master
ip link set vcni master cni0 up
$on_master ip link set lo up
$on_master ip address add 10.244.3.27/24 dev eth0
$on_master ip link set eth0 up
$on_master ip route add default via 10.244.3.1

modprobe ip_vs_wlc
sysctl -q -w net.ipv4.ip_forward=1 net.ipv4.vs.conntrack=1
iptables-legacy-restore <<RULES
*nat
:KUBE-POSTROUTING - [0:0]
-A POSTROUTING -m comment --comment "kubernetes postrouting rules" -j KUBE-POSTROUTING
-A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE
-A POSTROUTING -s 10.244.0.0/16 -d 10.244.0.0/16 -j RETURN
-A POSTROUTING -s 10.244.0.0/16 ! -d 224.0.0.0/4 -j MASQUERADE
-A POSTROUTING ! -s 10.244.0.0/16 -d 10.244.0.0/16 -j MASQUERADE
-A KUBE-POSTROUTING -m comment --comment "kubernetes service traffic requiring SNAT" -m mark --mark 0x4000/0x4000 -j MASQUERADE
COMMIT
RULES
ipvsadm -A -t $VIP:5432 -s wlc -p 1800
ipvsadm -a -t $VIP:5432 -r 10.244.3.27:5432 -m -w 1

# the open connection of port 0x1538, perhaps half closed by the client, and its other end: four bytes from the last to the first, of IPv4 in IPv6 too
cat >/run/peer.sh <<'SCRIPT'
#!/bin/sh
printf '%d.%d.%d.%d\n' $(sed -n 's/^.*:1538 [0-9A-F]*\(..\)\(..\)\(..\)\(..\):.... 0[18] .*/0x\4 0x\3 0x\2 0x\1/p' /proc/net/tcp /proc/net/tcp6)
SCRIPT
chmod +x /run/peer.sh
$on_master nc -ll -p 5432 -e /run/peer.sh >/dev/null 2>&1 </dev/null &
