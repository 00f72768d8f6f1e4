# needs: ufw
private /etc/ufw
private /etc/default
ufw --force enable
ufw allow 22/tcp
ufw limit from 10.0.0.0/8 to any port 5432 proto tcp
look ufw

# its manual page on gateways: forwarding in sysctl.conf, MASQUERADE in before.rules
echo 'net/ipv4/ip_forward=1' >>/etc/ufw/sysctl.conf
{ printf '*nat\n:POSTROUTING ACCEPT [0:0]\n-A POSTROUTING -s 10.0.0.0/8 -o eth0 -j MASQUERADE\nCOMMIT\n'; cat /etc/ufw/before.rules; } >/run/rules
cat /run/rules >/etc/ufw/before.rules
ufw --force disable
ufw --force enable
look ufw-gateway
