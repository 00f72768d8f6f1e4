# needs: firewalld dbus-daemon
private /etc/firewalld
dbus-daemon --system --fork
firewalld --nofork --nopid &
soon firewall-cmd --state
firewall-cmd --zone=public --change-interface=eth0
look firewalld

firewall-cmd --zone=public --add-service=http
firewall-cmd --zone=public --add-masquerade
firewall-cmd --zone=public --add-forward-port=port=80:proto=tcp:toport=8080:toaddr=192.0.2.20
look firewalld-masquerade
