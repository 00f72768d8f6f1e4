#!/bin/sh
# image.sh DIR: makes DIR/initrd out of this machine's own Debian packages: a small host with sshd, IPVS and both back ends
# of iptables, for the newest kernel in /boot. Also DIR/kernel, DIR/client (its key to log in with) and DIR/host.pub.
set -eu
dir=${1:?a folder}
here=$(cd "$(dirname "$0")" && pwd)
PATH=$PATH:/usr/sbin:/sbin

packages='qemu-system-x86 linux-image-amd64 kmod busybox-static cpio dash ipvsadm iptables nftables iproute2 openssh-server util-linux
  keepalived procps python3 ansible-core'
missing=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' $packages 2>&1 | sed -n 's/^not-installed //p; s/.*no packages found matching //p' | tr '\n' ' ')
[ -z "$missing" ] || { echo "image.sh: install what the machine is made of: apt-get install -y --no-install-recommends $missing" >&2; exit 1; }

kernel=$(ls -v /boot/vmlinuz-*-amd64 | tail -n 1)
release=${kernel#/boot/vmlinuz-}
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
mkdir -p "$root"/usr/bin "$root"/usr/sbin "$root"/usr/lib "$root"/usr/lib64 "$root"/etc "$root"/root/.ssh "$root"/proc "$root"/sys "$root"/dev "$root"/run "$root"/tmp "$root"/var
for name in bin sbin lib lib64; do ln -s "usr/$name" "$root/$name"; done
ln -s /run "$root/var/run"

# a file, and the libraries it is linked with
put() {
  for file in "$@"; do
    install -D "$file" "$root$file"
    { ldd "$file" 2>/dev/null || :; } | grep -o '/[^ ]*' | while read -r library; do
      [ -e "$root$library" ] || install -D "$library" "$root$library"
    done
  done
}
for program in busybox dash kmod ip nft ipvsadm nsenter sshd xtables-legacy-multi xtables-nft-multi; do
  put "$(readlink -f "$(command -v "$program")")"
done
extensions=$(dirname "$(find /usr/lib -name libxt_mark.so | head -n 1)")
put "$extensions"/*.so
for name in iptables ip6tables; do
  for form in '' -save -restore; do
    ln -s xtables-legacy-multi "$root/usr/sbin/$name-legacy$form"
    ln -s xtables-nft-multi "$root/usr/sbin/$name-nft$form"
  done
done
for name in modprobe lsmod; do ln -s ../bin/kmod "$root/usr/sbin/$name"; done
ln -s dash "$root/usr/bin/sh"
for name in $(busybox --list); do
  [ -e "$root/usr/bin/$name" ] || [ -e "$root/usr/sbin/$name" ] || ln -s busybox "$root/usr/bin/$name"
done

modules='e1000 veth bridge ip_vs ip_vs_wlc iptable_nat iptable_raw iptable_mangle iptable_filter nf_tables nft_chain_nat
  nft_compat nf_conntrack_netlink xt_MASQUERADE xt_comment xt_mark tcp_diag inet_diag 9p 9pnet_virtio virtio_pci overlay'
for module in $modules; do
  modprobe -S "$release" --show-depends "$module" | sed -n 's/^insmod \([^ ]*\).*/\1/p'
done | sort -u | while read -r file; do install -D -m 644 "$(readlink -f "$file")" "$root$(readlink -f "$file")"; done
cp /lib/modules/"$release"/modules.builtin* /lib/modules/"$release"/modules.order "$root/usr/lib/modules/$release/"
depmod -b "$root/usr" "$release"

printf 'root:x:0:0::/root:/bin/sh\nsshd:x:100:65534::/run/sshd:/bin/false\n' >"$root/etc/passwd"
printf 'root:x:0:\nnogroup:x:65534:\n' >"$root/etc/group"
echo 'passwd: files' >"$root/etc/nsswitch.conf"
cp /etc/protocols "$root/etc/" 2>/dev/null || :
cp /usr/lib/*-linux-gnu/libnss_files.so.2 "$root/usr/lib/" 2>/dev/null || :

mkdir -p "$dir"
rm -f "$dir"/client* "$dir"/host*
for name in client host; do ssh-keygen -q -t ed25519 -N '' -C "twlint-$name" -f "$dir/$name"; done
install -m 600 "$dir/client.pub" "$root/root/.ssh/authorized_keys"
install -D -m 600 "$dir/host" "$root/etc/ssh/host"
printf '%s\n' 'HostKey /etc/ssh/host' 'PasswordAuthentication no' 'StrictModes no' 'UseDNS no' \
  'MaxSessions 100' 'SetEnv PATH=/usr/sbin:/usr/bin' >"$root/etc/ssh/sshd_config"
install -m 755 "$here/init.sh" "$root/init"
install -m 755 "$here/incident.sh" "$here/whole.sh" "$root/"
cp "$kernel" "$dir/kernel"
(cd "$root" && find . | cpio -o -H newc --quiet | gzip -1) >"$dir/initrd"
