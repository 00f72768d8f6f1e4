# needs: libvirtd virsh dnsmasq
private /etc/libvirt
private /var/lib/libvirt
libvirtd -d
soon virsh -c network:///system net-list
soon virsh -c network:///system net-start default
look libvirt
