# what the capture has not: that there is no keepalived, and the local routes, which follow from the addresses
echo 'ii  ipvsadm  1:1.31-1+deb12u1' >installed-debs
cat >>ip-route.txt <<'ROUTES'
local 10.244.3.1 dev cni0 table local proto kernel scope host src 10.244.3.1
local 127.0.0.0/8 dev lo table local proto kernel scope host src 127.0.0.1
local 192.168.128.149 dev eth0 table local proto kernel scope host src 192.168.128.149
ROUTES
