# shellcheck shell=bash
# about: syn flood by IPv6 (weir-flood)
# type: attack
# kind: syn_flood
# target: server/6
# source: world
# tools: tcpreplay-edit
# packets: 800
play() {
	replay world server/6 syn_flood --ipv6
}
