# shellcheck shell=bash
# about: answers of NTP servers that nobody asked (weir-flood)
# type: attack
# kind: ntp_amplification
# target: server
# source: world
# tools: tcpreplay-edit
# packets: 800
play() {
	replay world server ntp_amplification
}
