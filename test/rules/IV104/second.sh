# another director of the same network
cp -R director second
rm second/proc_net_ip_vs.txt
echo second >second/hostname.txt
sed -i 's/director/second/' second/uname.txt
sed -i 's/192.168.128.149/192.168.128.150/; s/10.244.3.1\b/10.244.3.2/; s/ether .* brd/ether 02:00:00:00:00:02 brd/' second/ip-addr.txt second/ip-route.txt
