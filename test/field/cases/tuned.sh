# needs: /usr/lib/tuned/network-throughput/tuned.conf
# each profile's own [sysctl], as far as a namespace has such settings
for profile in $(cd /usr/lib/tuned && grep -l '^net\.' */tuned.conf | xargs -n 1 dirname); do
  : >/etc/sysctl.d/90-tuned.conf
  sed -n 's/^\(net\.[^= ]*\) *=[ >]*\([^$]*\)$/\1=\2/p' "/usr/lib/tuned/$profile/tuned.conf" | tr -d '"' | while read -r setting; do
    refused=$(sysctl -q -w "$setting" 2>&1) || :
    [ -n "$refused" ] || echo "$setting" >>/etc/sysctl.d/90-tuned.conf
  done
  look "$profile"
done
