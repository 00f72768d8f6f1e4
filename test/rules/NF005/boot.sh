# boot.sh SERVICE...: prints what comes of the chain INPUT where these start in that order, as far as they are enabled
set -eu
for name; do
  [ -L "/etc/systemd/system/multi-user.target.wants/$name.service" ] || continue
  case $name in
  nftables) nft -f /etc/nftables.conf ;;
  netfilter-persistent) iptables-nft-restore "$FILES/rules.v4" ;;
  esac
done
iptables-nft -S INPUT
