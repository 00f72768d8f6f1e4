# needs: dockerd containerd python3
# Docker sets the policy of FORWARD to DROP; a network of containers that only nftables knows is beside it
mount -t tmpfs tmpfs /var/lib/docker 2>/dev/null || { mkdir -p /var/lib/docker; mount -t tmpfs tmpfs /var/lib/docker; }
dockerd --exec-root /run/docker --storage-driver vfs -H unix:///run/docker.sock >/run/docker.log 2>&1 &
soon grep -q 'API listen' /run/docker.log
ip link add podman0 type bridge
ip address add 10.88.0.1/16 dev podman0
ip link set podman0 up
nft -f - <<'END'
table inet netavark {
  chain FORWARD {
    type filter hook forward priority filter; policy accept;
    ip saddr 10.88.0.0/16 accept
    ip daddr 10.88.0.0/16 ct state established,related accept
  }
  chain POSTROUTING {
    type nat hook postrouting priority srcnat; policy accept;
    ip saddr 10.88.0.0/16 ip daddr != 10.88.0.0/16 masquerade
  }
  chain PREROUTING {
    type nat hook prerouting priority dstnat; policy accept;
    fib daddr type local tcp dport 8080 dnat ip to 10.88.0.2:80
  }
}
END
look beside-docker
iptables -P FORWARD ACCEPT
look policy-accept
