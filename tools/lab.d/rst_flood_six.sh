# shellcheck shell=bash
# about: rst flood by IPv6 (weir-flood)
# type: attack
# kind: rst_flood
# target: server/6
# source: world
# tools: tcpreplay-edit
# packets: 800
play() {
	replay world server/6 rst_flood --ipv6
}
