# shellcheck shell=bash
# about: answers of memcached servers that nobody asked (weir-flood)
# type: attack
# kind: memcached_amplification
# target: server
# source: world
# tools: tcpreplay-edit
# packets: 800
play() {
	replay world server memcached_amplification
}
