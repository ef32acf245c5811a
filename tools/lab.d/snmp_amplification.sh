# shellcheck shell=bash
# about: answers of SNMP servers that nobody asked (weir-flood)
# type: attack
# kind: snmp_amplification
# target: server
# source: world
# tools: tcpreplay-edit
# packets: 800
play() {
	replay world server snmp_amplification
}
