# needs: fail2ban-client
private /etc/fail2ban
mkdir /run/fail2ban
rm -f /etc/fail2ban/jail.d/*
printf '[DEFAULT]\nbackend = polling\n[sshd]\nenabled = true\nlogpath = /run/auth.log\n' >/etc/fail2ban/jail.local
printf '[DEFAULT]\ndbfile = :memory:\nlogtarget = /run/fail2ban.log\n' >/etc/fail2ban/fail2ban.local
: >/run/auth.log
fail2ban-client start
fail2ban-client set sshd banip 203.0.113.9
soon sh -c 'iptables-save | grep f2b-sshd'
look fail2ban
