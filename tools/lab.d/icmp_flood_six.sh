# shellcheck shell=bash
# about: icmp flood by IPv6 (weir-flood)
# type: attack
# kind: icmp_flood icmpv6_flood
# target: server/6
# source: world
# tools: tcpreplay-edit
# packets: 800
play() {
	replay world server/6 icmp_flood --ipv6
}
