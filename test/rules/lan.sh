# This host is a real server, 10.0.0.1; its director, 10.0.0.2, is looked at as well, a client, 10.0.0.9, is not. The
# service is 10.0.0.50 port 80. aligned METHOD DEVICE: sets it up, with the address on this device.
aligned() {
  ip link add lvs type bridge
  ip address add 10.0.0.1/24 dev lvs
  ip link set lvs up
  for name in netns/director client; do
    pod $name 10.0.0.$([ $name = client ] && echo 9 || echo 2)/24 10.0.0.1
    ip link set ${name#netns/} master lvs
  done
  at netns/director sh -ec "
    sysctl -q -w net.ipv4.ip_forward=1
    ip address add 10.0.0.50/32 dev eth0
    ipvsadm -A -t 10.0.0.50:80 -s rr
    ipvsadm -a -t 10.0.0.50:80 -r 10.0.0.1:80 $1"
  ip link set "$2" up
  ip address add 10.0.0.50/32 dev "$2"
  traffic serve 10.0.0.50 80 here
}
silent() { set_key net.ipv4.conf.all.arp_ignore=1 net.ipv4.conf.all.arp_announce=2; }

# past_director: does a client reach the service while the director's link is down?
past_director() {
  ip link set director down
  at client ip neighbour flush dev eth0
  past=yes
  traffic_at client ask 10.0.0.50 80 >/dev/null || past=no
  ip link set director up
  at client ip neighbour flush dev eth0
  [ $past = yes ]
}
