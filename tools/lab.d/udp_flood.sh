# shellcheck shell=bash
# about: UDP to one port, one size, one sender (hping3)
# type: attack
# kind: udp_flood
# target: server
# source: attacker
# tools: hping3
# packets: 500
play() {
	flood attacker "$SERVER_IP" -2 -p 9999 -d 200
}
