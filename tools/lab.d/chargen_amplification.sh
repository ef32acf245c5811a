# shellcheck shell=bash
# about: answers of chargen servers that nobody asked (weir-flood)
# type: attack
# kind: chargen_amplification
# target: server
# source: world
# tools: tcpreplay-edit
# packets: 800
play() {
	replay world server chargen_amplification
}
