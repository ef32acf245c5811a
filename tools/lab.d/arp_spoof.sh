# shellcheck shell=bash
# about: I am the gateway, says one to another (arpspoof)
# type: attack
# kind: arp_spoofing
# target: attacker client3 world
# source: attacker
# tools: arpspoof ping
# packets: 8
# within_ms: 6000
# first: arp[6:2] == 2
play() {
	on client3 ping -q -c 1 -W 1 "$(address world)" # it knows its gateway
	on attacker timeout 10 arpspoof -i eth0 -t "$(address client3)" "$(address world)"
	true
}
