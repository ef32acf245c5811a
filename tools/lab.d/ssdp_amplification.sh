# shellcheck shell=bash
# about: answers of SSDP servers that nobody asked (weir-flood)
# type: attack
# kind: ssdp_amplification
# target: server
# source: world
# tools: tcpreplay-edit
# packets: 800
play() {
	replay world server ssdp_amplification
}
