# needs: nft iptables
# rules of nft in the tables of iptables, beside the bridge of a network plugin
ip link add cni0 type bridge
ip address add 10.180.0.254/24 dev cni0
ip link set cni0 up
nft add table ip nat
nft 'add chain ip nat POSTROUTING { type nat hook postrouting priority 100; }'
nft add rule ip nat POSTROUTING ip saddr 10.180.0.0/24 masquerade
look masquerade-of-nft
nft delete table ip nat
nft add table ip local
nft 'add chain ip local POSTROUTING { type nat hook postrouting priority 100; }'
nft add rule ip local POSTROUTING ip saddr 10.180.0.0/24 masquerade
look table-of-its-own
