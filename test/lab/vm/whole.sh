#!/bin/sh
# Mounts at /whole the files of the machine that this one was started on, where writing leaves no trace there, and loads
# what hosts of proofs need: their programs are in /whole, and the kernel looks for modules outside of it.
set -eu
modprobe -a virtio_pci 9pnet_virtio 9p overlay
mkdir -p /whole /files /changes
mount -t 9p -o trans=virtio,version=9p2000.L,ro,cache=loose,msize=262144 files /files
mount -t tmpfs changes /changes
mkdir /changes/upper /changes/work
mount -t overlay -o lowerdir=/files,upperdir=/changes/upper,workdir=/changes/work overlay /whole
mount -t proc proc /whole/proc
mount -t sysfs sys /whole/sys
mount -t devtmpfs dev /whole/dev
mount -t tmpfs -o mode=755 run /whole/run
chroot /whole modprobe -a ip_vs ip_vs_rr ip_vs_wlc ip_vs_wrr ipip dummy veth nf_conntrack_netlink inet_diag tcp_diag \
  udp_diag nft_compat nft_chain_nat nft_ct nft_masq nft_nat xt_MASQUERADE xt_nat xt_conntrack xt_mark xt_tcpudp \
  xt_comment xt_addrtype
# further ones that a rule asks for, be it the kernel or iptables, which goes by the same setting, in /whole
printf '#!/bin/sh\nexec chroot /whole /sbin/modprobe "$@"\n' >/run/modprobe
printf '#!/bin/sh\nexec /sbin/modprobe "$@"\n' >/whole/run/modprobe
chmod +x /run/modprobe /whole/run/modprobe
echo /run/modprobe >/proc/sys/kernel/modprobe
