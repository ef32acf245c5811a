# shellcheck shell=bash
# about: fragment flood by IPv6 (weir-flood)
# type: attack
# kind: fragment_flood
# target: server/6
# source: world
# tools: tcpreplay-edit
# packets: 800
play() {
	replay world server/6 fragment_flood --ipv6
}
