# What proofs about legacy iptables begin with.

# legacy_iptables: the command iptables is the legacy one
legacy_iptables() {
  mount -t tmpfs tmpfs /usr/local/sbin
  ln -s "$(command -v xtables-legacy-multi)" /usr/local/sbin/iptables
}

# kernel_has TABLE...: of legacy tables, as its lists of modules say
kernel_has() {
  mount -t tmpfs tmpfs /lib/modules
  mkdir "/lib/modules/$(uname -r)"
  echo kernel/net/ipv4/ipip.ko: >"/lib/modules/$(uname -r)/modules.dep"
  echo kernel/net/core/failover.ko >"/lib/modules/$(uname -r)/modules.builtin"
  for table; do echo "kernel/net/ipv4/netfilter/iptable_$table.ko:" >>"/lib/modules/$(uname -r)/modules.dep"; done
}
