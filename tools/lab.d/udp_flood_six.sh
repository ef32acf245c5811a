# shellcheck shell=bash
# about: udp flood by IPv6 (weir-flood)
# type: attack
# kind: udp_flood
# target: server/6
# source: world
# tools: tcpreplay-edit
# packets: 800
play() {
	replay world server/6 udp_flood --ipv6
}
