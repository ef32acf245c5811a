# shellcheck shell=bash
# about: I am the gateway, says one to another (arpspoof)
# type: attack
# kind: arp_spoofing
# target: attacker client3 world
# source: attacker
# tools: arpspoof
# packets: 8
# within_ms: 6000
# first: arp
play() {
	on attacker timeout 10 arpspoof -i eth0 -t "$(address client3)" "$(address world)"
	true
}
