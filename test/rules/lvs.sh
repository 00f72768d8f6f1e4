# A director with IPVS: 192.0.2.50 is on its eth0, clients are on the peer.

# inside: the network behind it
inside() {
  ip link show lvs >/dev/null 2>&1 && return
  ip link add lvs type bridge
  ip address add 10.0.0.1/24 dev lvs
  ip link set lvs up
}

# server NAME ADDRESS [serve|hang_up]: a real server there, whose way back leads by here; it says its name on port 80
server() {
  inside
  pod "$1" "$2/24" 10.0.0.1
  ip link set "${1#netns/}" master lvs
  traffic_at "$1" "${3:-serve}" "$2" 80 "$1"
}

# bypass NAME: one more way from there to the peer, and back
bypass() {
  at "$1" ip link add out type veth peer name in netns /run/peer
  at "$1" sh -ec 'ip address add 10.9.0.2/24 dev out; ip link set out up; ip route add 192.0.2.1 via 10.9.0.1'
  peer sh -ec 'ip address add 10.9.0.1/24 dev in; ip link set in up'
}

# router: 10.0.0.254, which is not looked at, and leads to the peer as well
router() {
  inside
  pod router 10.0.0.254/24 10.0.0.1
  ip link set router master lvs
  at router sysctl -q -w net.ipv4.ip_forward=1
  bypass router
}

# forwards: has the service's address, and forwards; director [IPVSADM-OPTION...]: has the service, with nobody behind it
forwards() {
  echo 'net.ipv4.ip_forward = 1' >/etc/sysctl.d/70-director.conf
  boots
  ip address add 192.0.2.50/32 dev eth0
}
director() {
  forwards
  ipvsadm -A -t 192.0.2.50:80 -s rr "$@"
}

# behind ADDRESS [WEIGHT]: a real server of the service, by NAT; weigh ADDRESS WEIGHT: has another one from now on
behind() { ipvsadm -a -t 192.0.2.50:80 -r "$1:80" -m -w "${2:-1}"; }
weigh() { ipvsadm -e -t 192.0.2.50:80 -r "$1:80" -m -w "$2"; }

# asked [SOURCE [PORT]]: the name of the server that a client gets; turn: a number that was not here before
asked() { peer_traffic ask 192.0.2.50 80 "$@"; }
turn() {
  turns=$(($(cat /run/turns 2>/dev/null || echo 0) + 1))
  echo "$turns" | tee /run/turns
}

# keeps SETTING=VALUE...: set now and at boot, with the module that they come with
keeps() {
  echo ip_vs >/etc/modules-load.d/lvs.conf
  printf '%s\n' "$@" >/etc/sysctl.d/71-lvs.conf
  boots
}

# real ADDRESS [RETRIES SECONDS]: a real server for keepalived, and its check of so many attempts more, each so long at most
real() {
  echo "  real_server $1 80 {"
  [ $# = 1 ] || printf '    %s\n' 'TCP_CHECK {' "connect_timeout $3" "retry $2" 'delay_before_retry 1' '}'
  echo '  }'
}

# checks: keepalived has the service, with the real servers that are told on standard input; begins it, or reloads
checks() {
  {
    printf '%s\n' 'virtual_server 192.0.2.50 80 {' '  delay_loop 1' '  lvs_sched rr' '  lvs_method NAT' '  protocol TCP'
    cat
    echo '}'
  } >/etc/keepalived/keepalived.conf
  if [ -e /run/keepalived.pid ]; then
    kill -HUP "$(cat /run/keepalived.pid)"
  else
    keepalived -C -n -l -D -p /run/keepalived.pid -c /run/checkers.pid >/run/keepalived.log 2>&1 &
  fi
}

# served ADDRESS: is it a real server that gets clients?
served() { ipvsadm -Ln -t 192.0.2.50:80 2>/dev/null | grep -q "$1:80 .* [1-9][0-9]*  *[0-9]*  *[0-9]* *$"; }
unserved() { ! served "$1"; }

# hiccup NAME ADDRESS SECONDS: nothing reaches this server for so long; is it taken out?
hiccup() {
  within 20 served "$2" || exit 2
  ip link set "$1" down
  sleep "$3"
  out=no
  served "$2" || out=yes
  ip link set "$1" up
  within 30 served "$2" || exit 2
  [ $out = yes ]
}

# direct: a director by direct routing, and a real server one with the address on lo, each looked at
direct() {
  server netns/one 10.0.0.2
  director
  ipvsadm -a -t 192.0.2.50:80 -r 10.0.0.2:80 -g
  at netns/one sysctl -q -w net.ipv4.conf.all.arp_ignore=1 net.ipv4.conf.all.arp_announce=2
  at netns/one ip address add 192.0.2.50/32 dev lo
  traffic_at netns/one serve 192.0.2.50 80 one
}
