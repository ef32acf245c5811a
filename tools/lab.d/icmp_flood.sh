# shellcheck shell=bash
# about: echo requests from one sender (hping3)
# type: attack
# kind: icmp_flood
# target: server
# source: attacker
# tools: hping3
# packets: 500
play() {
	flood attacker "$SERVER_IP" -1 -d 56
}
