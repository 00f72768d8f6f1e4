# needs: /usr/libexec/lxc/lxc-net dnsmasq
private /var/lib/misc
/usr/libexec/lxc/lxc-net start
look lxc
