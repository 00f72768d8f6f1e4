#!/bin/busybox sh
# The first process of the machine: makes it one, then the incident's network, then sshd; says READY on the console.
export PATH=/usr/sbin:/usr/bin HOME=/root
busybox mount -t proc proc /proc
busybox mount -t sysfs sys /sys
busybox mount -t devtmpfs dev /dev
busybox mkdir -p /dev/pts /run/sshd /run/netns
busybox mount -t devpts devpts /dev/pts
busybox hostname s2
modprobe e1000
ip link set lo up
ip address add 10.0.2.15/24 dev eth0
ip link set eth0 up
ip route add default via 10.0.2.2
/incident.sh && /usr/sbin/sshd -E /run/sshd.log && echo READY >/dev/console
while :; do busybox sleep 3600; done
