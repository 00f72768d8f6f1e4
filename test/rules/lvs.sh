# A director with IPVS: 192.0.2.50 is on its eth0, clients are on the peer.

# server NAME ADDRESS: a real server behind the director, whose way back leads by here; it says its name on port 80
server() {
  ip link show lvs >/dev/null 2>&1 || {
    ip link add lvs type bridge
    ip address add 10.0.0.1/24 dev lvs
    ip link set lvs up
  }
  pod "$1" "$2/24" 10.0.0.1
  ip link set "$1" master lvs
  traffic_at "$1" serve "$2" 80 "$1"
}

# director [IPVSADM-OPTION...]: the service, with nobody behind it yet
director() {
  echo 'net.ipv4.ip_forward = 1' >/etc/sysctl.d/70-director.conf
  boots
  ip address add 192.0.2.50/32 dev eth0
  ipvsadm -A -t 192.0.2.50:80 -s rr "$@"
}

# behind ADDRESS [WEIGHT]: a real server of the service, by NAT
behind() { ipvsadm -a -t 192.0.2.50:80 -r "$1:80" -m -w "${2:-1}"; }
