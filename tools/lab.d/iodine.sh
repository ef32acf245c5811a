# shellcheck shell=bash
# about: IP in DNS, through the resolver (iodine)
# type: attack
# kind: dns_tunnel
# target: attacker dns 203.0.113.53
# source: attacker
# tools: iodine iodined dnsmasq
# within_ms: 15000
# packets: 500
play() {
	[ -c /dev/net/tun ] || { echo "no /dev/net/tun" && return; }
	in_space world iodined -f -c -P secret -l "$TUNNEL_IP" 10.53.0.1 tunnel.test &
	started
	in_space attacker iodine -f -r -P secret -m 220 "$DNS_IP" tunnel.test &
	started
	for _ in {1..40}; do
		if on attacker ping -q -c 1 -W 1 10.53.0.1; then break; fi
		sleep 0.25
	done
	on attacker timeout 15 ping -q -i 0.02 -s 600 10.53.0.1
}
