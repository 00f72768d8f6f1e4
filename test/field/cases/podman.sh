# needs: /usr/lib/podman/netavark
ip netns add web
id=$(printf '0123456789abcdef%.0s' 1 2 3 4)
cat >/run/network.json <<END
{ "container_id": "$id", "container_name": "web",
  "port_mappings": [{ "host_ip": "", "container_port": 80, "host_port": 8080, "range": 1, "protocol": "tcp" }],
  "networks": { "podman": { "static_ips": ["10.88.0.2"], "interface_name": "eth0" } },
  "network_info": { "podman": {
    "name": "podman", "id": "$id", "driver": "bridge", "network_interface": "podman0", "created": "2026-01-01T00:00:00Z",
    "subnets": [{ "subnet": "10.88.0.0/16", "gateway": "10.88.0.1" }],
    "ipv6_enabled": false, "internal": false, "dns_enabled": false, "ipam_options": { "driver": "host-local" } } } }
END
mkdir -p /run/networks
/usr/lib/podman/netavark --config /run/networks setup /run/netns/web </run/network.json
ip netns exec web node -e 'require("net").createServer().listen(80, () => console.log("listens"))' >/run/web.log &
soon grep listens /run/web.log
look podman
