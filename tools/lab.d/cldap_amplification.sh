# shellcheck shell=bash
# about: answers of CLDAP servers that nobody asked (weir-flood)
# type: attack
# kind: cldap_amplification
# target: server
# source: world
# tools: tcpreplay-edit
# packets: 800
play() {
	replay world server cldap_amplification
}
