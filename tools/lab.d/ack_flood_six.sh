# shellcheck shell=bash
# about: ack flood by IPv6 (weir-flood)
# type: attack
# kind: ack_flood
# target: server/6
# source: world
# tools: tcpreplay-edit
# packets: 800
play() {
	replay world server/6 ack_flood --ipv6
}
