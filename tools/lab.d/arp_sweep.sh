# shellcheck shell=bash
# about: who has each address of the network (arp-scan)
# type: attack
# kind: arp_sweep
# target: attacker 10.99.0.0/24
# source: attacker
# tools: arp-scan
# within_ms: 2000
# first: arp
play() {
	on attacker timeout 20 arp-scan -q -I eth0 --retry=1 10.99.0.0/24
}
