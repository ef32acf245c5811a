# shellcheck shell=bash
# about: echo requests in the name of the server, to a network that answers (hping3)
# type: attack
# kind: icmp_flood
# target: server
# source: attacker
# tools: hping3
# also: horizontal_scan carpet_bombing
play() {
	flood attacker 10.99.2.x -1 -d 56 -I eth0 --rand-dest -a "$SERVER_IP"
}
