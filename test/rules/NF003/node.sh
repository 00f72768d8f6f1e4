# a pod whose port 80 is the hostPort 8080, and firewalld
place pod
wire cni0 10.244.1.1/24 pod 10.244.1.2/24
at pod ip route add default via 10.244.1.1
traffic_at pod listen 10.244.1.2 80
set_key net.ipv4.ip_forward=1
mkdir -p /run/dbus /run/firewalld
mount --bind /run/firewalld /etc/firewalld
dbus-daemon --system --fork
firewalld --nofork --nopid >/dev/null 2>&1 &
within 30 firewall-cmd -q --state
