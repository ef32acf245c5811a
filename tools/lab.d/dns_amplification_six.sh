# shellcheck shell=bash
# about: answers of DNS servers by IPv6 (weir-flood)
# type: attack
# kind: dns_amplification
# target: server/6
# source: world
# tools: tcpreplay-edit
# packets: 800
play() {
	replay world server/6 dns_amplification --ipv6
}
