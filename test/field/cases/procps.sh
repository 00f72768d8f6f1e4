# needs: /usr/share/doc/procps/copyright
# /etc/sysctl.conf as Debian ships it, with all that it proposes turned on
umount /etc/sysctl.conf
sed 's/^#\(net\.\)/\1/' /etc/sysctl.conf >/run/sysctl.conf
mount --bind /run/sysctl.conf /etc/sysctl.conf
sysctl -q -p
look procps
