# a container whose port 80 is published as 8080 of the host, by rules as Docker has them
place web
wire docker0 172.17.0.1/16 web 172.17.0.2/16
at web ip route add default via 172.17.0.1
traffic_at web listen 172.17.0.2 80
set_key net.ipv4.ip_forward=1
iptables-nft -t nat -N DOCKER
iptables-nft -t nat -A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
iptables-nft -t nat -A DOCKER ! -i docker0 -p tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80
