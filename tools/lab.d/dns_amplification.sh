# shellcheck shell=bash
# about: answers of DNS servers that nobody asked (weir-flood)
# type: attack
# kind: dns_amplification
# target: server
# source: world
# tools: tcpreplay-edit
# packets: 800
play() {
	replay world server dns_amplification
}
