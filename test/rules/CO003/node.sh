# node SUM: flannel's tunnel; sent COUNT: datagrams that the other node's card gives such a checksum
node() {
  echo "$1" >/run/sum
  set_key net.ipv4.ip_forward=1
  ip link add flannel.1 type vxlan id 1 dstport 8472 local 192.0.2.10 dev eth0 nolearning
  ip link set flannel.1 address 02:00:00:00:00:10 up
  ip address add 10.244.1.0/32 dev flannel.1
  ip route add 10.244.2.0/24 dev flannel.1
}
sent() { PYTHONPATH=${TRAFFIC%/*} python3 "$FILES/encapsulated.py" /run/peer "$(cat /run/sum)" "$1"; }
