# a real server: the director's packets come in on tunl0, with the client's address as their source
. "$FILES/../shell.sh"
set_key net.ipv4.conf.all.arp_ignore=1 net.ipv4.conf.all.arp_announce=2
uplink tunl0 192.0.2.50/32 198.51.100.9/32
peer ip route replace 192.0.2.50/32 dev tunl0
peer ip neigh replace 192.0.2.50 lladdr "$(ip -o link show tunl0 | sed 's/.*ether \([0-9a-f:]*\).*/\1/')" dev tunl0
