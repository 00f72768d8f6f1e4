# needs: /usr/share/doc/keepalived/samples/keepalived.conf.sample
# the samples of the package, and some of what Octavia writes for its amphorae
for sample in /usr/share/doc/keepalived/samples/keepalived.conf.* "$DATA"/octavia/keepalived.*.conf "$DATA"/octavia/golden.1[6-9].*.conf; do
  cp "$sample" /etc/keepalived/keepalived.conf
  look "${sample##*/}"
done
